import {
	type BatchManifest,
	type FileRef,
	type Lake,
	type Ledger,
	listBatchFiles,
	type PartitionEntry,
	type Snapshot,
	type TableManifest,
} from '../../lake';
import { onlyFileFingerprint } from '../../lake/check-file';

/** A file that a manifest references. */
export interface NamedFile {
	readonly file: FileRef;
	/** The partition or batch that it belongs to. */
	readonly date: string;
	/** The fingerprint of its rows, if the manifest has it. */
	readonly fingerprint?: string | undefined;
}

/** Records a finding about an object; `problem` is a predicate that follows its key. */
export type Note = (object: string, problem: string, fix?: string) => void;

/** A head whose manifests are read one by one; `attempt` records an unreadable one as a finding and returns undefined. */
export interface ReadableHead {
	readonly lake: Lake;
	readonly snapshot: Snapshot;
	readonly attempt: <T>(read: () => Promise<T>) => Promise<T | undefined>;
	readonly note: Note;
}

/** The readable manifests of all tables, and the files that they reference. */
export async function filesOfTables({
	snapshot,
	attempt,
	note,
}: ReadableHead): Promise<{ manifests: ReadonlyMap<string, TableManifest>; files: NamedFile[] }> {
	const manifests = new Map<string, TableManifest>();
	const files: NamedFile[] = [];
	for (const [name, key] of Object.entries(snapshot.head.tables)) {
		const manifest = await attempt(() => snapshot.table(name));
		if (!manifest) continue;
		manifests.set(name, manifest);
		for (const [partition, entry] of Object.entries(manifest.partitions)) {
			noteRowCount(key, `partition ${partition} has`, entry, note);
			const fingerprint = onlyFileFingerprint(entry);
			files.push(...entry.files.map((file) => ({ file, date: partition, fingerprint })));
		}
	}
	return { manifests, files };
}

function noteRowCount(key: string, what: string, { rows, files }: Pick<PartitionEntry, 'rows' | 'files'>, note: Note) {
	const sum = files.reduce((total, file) => total + file.rows, 0);
	if (files.length > 0 && sum !== rows) note(key, `is wrong: ${what} ${rows} rows, but its files have ${sum}`);
}

/** The files of all batches, as ingested and as admitted. */
export async function filesOfBatches({ lake, attempt, note }: ReadableHead, ledger: Ledger): Promise<NamedFile[]> {
	const files = new Map<string, NamedFile>();
	for (const [dataset, batches] of [...Object.entries(ledger.ingested), ...Object.entries(ledger.admitted)]) {
		for (const [batch, version] of Object.entries(batches)) {
			const key = lake.batchKey(dataset, batch, version.attempt);
			const manifest = await attempt(() => lake.batch(dataset, batch, version.attempt));
			if (!manifest) continue;
			const problem = problemOfBatch(manifest, version);
			if (problem) note(key, `is wrong: ${problem}`);
			for (const file of listBatchFiles(manifest)) files.set(file.key, { file, date: batch });
		}
	}
	return [...files.values()];
}

/** Checks that each received record is in Bronze or in quarantine, as the ledger says. */
function problemOfBatch(
	{ files, quarantine, received, rejected, source }: BatchManifest,
	version: Ledger['ingested'][string][string],
): string | undefined {
	const sum = (refs: readonly { rows: number }[]) => refs.reduce((total, { rows }) => total + rows, 0);
	const [accepted, quarantined] = [sum(files), sum(quarantine)];
	const rejectedByRule = Object.values(rejected).reduce((total, count) => total + count, 0);
	if (received !== version.received || rejectedByRule !== version.rejected) {
		return `it has ${received} received and ${rejectedByRule} rejected records, but the ledger has ${version.received} and ${version.rejected}`;
	}
	if (accepted + quarantined !== received || quarantined !== rejectedByRule) {
		return `${received} records received, but ${accepted} in Bronze and ${quarantined} in quarantine`;
	}
	const unused = sum(source?.unused_files ?? []);
	if (!source || (source.used + source.unused === source.rows && source.unused === unused)) return undefined;
	return `the source has ${source.rows} rows, but ${source.used} are used and ${unused} unused`;
}
