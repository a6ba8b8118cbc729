import type { TaskContext } from '../../context';
import { composeLayout, DamagedObjectError, howToFix, type Lake, type LakeLayout, type Snapshot } from '../../lake';
import type { Interval } from '../../lake/changed-tables';
import { listUnfinishedErasures } from '../../lake/erasures';
import { checkPublished } from '../../lake/iceberg/published';
import { compareRecordCounts } from './compare-record-counts';
import { checkFiles } from './files';
import { filesOfBatches, filesOfTables, type NamedFile, type ReadableHead } from './manifests';

/** An object of a head that is not what was written. */
export interface Finding {
	/** The key of the object. */
	readonly object: string;
	/** What is wrong with it: a predicate that follows the key. */
	readonly problem: string;
	readonly fix: string;
}

export interface Verified {
	/** The number of the head. */
	readonly head: number;
	/** Files that the head references, and their bytes. */
	readonly files: number;
	readonly bytes: number;
	/** How many of the files were read completely. */
	readonly read: number;
	readonly findings: readonly Finding[];
}

export interface VerifyOptions {
	/** The number of a head; the newest by default. */
	readonly at?: number | undefined;
	/** Of files of other dates only the sizes are compared. */
	readonly interval?: Interval | undefined;
	/** What the lake consists of. */
	readonly layout?: LakeLayout;
}

/**
 * Verifies a head completely: the log, every manifest, the size, digest and records of every file, the record counts of
 * the batches, and the Iceberg metadata of the open tables. Changes nothing. Throws UsageError if there is no such head.
 */
export async function verifyLake(context: TaskContext, { at, interval, ...options }: VerifyOptions): Promise<Verified> {
	const lake = await context.lake();
	const layout = options.layout ?? composeLayout(lake.contracts);
	const engine = await context.engine();
	const findings: Finding[] = [];
	const note = (object: string, problem: string, fix = howToFix(object, layout)) =>
		findings.push({ object, problem, fix });
	const attempt = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
		try {
			return await read();
		} catch (error) {
			if (!(error instanceof DamagedObjectError)) throw error;
			note(error.key, error.difference, error.fix);
			return undefined;
		}
	};
	const snapshot = await headToVerify(lake, at, attempt);
	if (!snapshot) return { head: at ?? 0, files: 0, bytes: 0, read: 0, findings };
	await noteLostHeads(lake, findings);
	const readable: ReadableHead = { lake, snapshot, attempt, note };
	const tables = await filesOfTables(readable);
	const ledger = await attempt(() => snapshot.ledger());
	const files = dedupeFiles([...tables.files, ...(ledger ? await filesOfBatches(readable, ledger) : [])]);
	const read = await checkFiles(context, engine, files, interval, note, layout);
	if (ledger) await compareRecordCounts(ledger, snapshot.head, tables.manifests, note, layout);
	for (const { key, problem } of await checkPublished(lake.store)) note(key, problem);
	for (const key of await listUnfinishedErasures(lake.store)) {
		note(key, 'is of an erasure that is not finished', "Run 'shoplake forget' for the same person again.");
	}
	const bytes = files.reduce((sum, { file }) => sum + file.bytes, 0);
	return { head: snapshot.head.number, files: files.length, bytes, read, findings };
}

/** Each file once, with the fingerprint of its rows if any manifest has it. */
function dedupeFiles(named: readonly NamedFile[]): NamedFile[] {
	const files = new Map<string, NamedFile>();
	for (const one of named) if (!files.get(one.file.key)?.fingerprint) files.set(one.file.key, one);
	return [...files.values()];
}

/** The head to verify; if the newest one is lost, the newest readable one, with a finding. */
async function headToVerify(
	lake: Lake,
	at: number | undefined,
	attempt: ReadableHead['attempt'],
): Promise<Snapshot | undefined> {
	const newest = await attempt(() => lake.newest());
	const evenIfDamaged = newest === undefined;
	if (at !== undefined) return attempt(() => lake.at(at, { evenIfDamaged }));
	return newest ?? lake.newest({ evenIfDamaged });
}

/** Adds a finding for each retained head that can't be read, unless it has one already. */
async function noteLostHeads(lake: Lake, findings: Finding[]): Promise<void> {
	const known = new Set(findings.map(({ object }) => object));
	const { lost } = await lake.log({ evenIfDamaged: true });
	for (const { damage } of lost) {
		if (known.has(damage.key)) continue;
		findings.push({ object: damage.key, problem: damage.difference, fix: damage.fix });
	}
}
