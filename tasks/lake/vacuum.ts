import { datasetNames } from '../contracts';
import { type Lake, longestRunMs, type Run, Snapshot } from './lake';
import type { Head } from './model';
import { refusedPrefix } from './refused';

/**
 * Where the lake keeps files that a head can name. What lies elsewhere is its owner's: the landing zone, and what streams
 * deliver beside the batches in Bronze.
 */
const prefixes = [
	...datasetNames.map((dataset) => `bronze/${dataset}/batch=`),
	'quarantine/',
	'silver/',
	'records/',
	'orphans/',
	'keys/',
	'gold/',
	'internal/',
	'serving/',
	'_manifests/',
	refusedPrefix,
];

export interface Vacuumed {
	/** Files deleted (or, in a dry run, that would be), and their bytes. */
	readonly files: number;
	readonly bytes: number;
	/** The first head that can still be gone back to. */
	readonly oldestKept: number;
}

/**
 * Deletes what no head kept names: files superseded, or written and never committed, longer than `graceMs` ago.
 * First commits a head that says which heads are kept, so that nobody goes back to a state whose files are going.
 * `alsoKept` are key prefixes that others still read. The grace is at least the longest a run may take.
 */
export async function vacuum(
	lake: Lake,
	run: Run,
	options: { graceMs: number; alsoKept: readonly string[]; dryRun?: boolean },
): Promise<Vacuumed> {
	const cutOff = run.startedAt.getTime() - Math.max(options.graceMs, longestRunMs);
	const heads = await lake.history();
	const oldestKept = oldestInUseSince(heads, cutOff);
	if (!options.dryRun && heads.length > 0) {
		await lake.transact(run, async ({ head }) => (oldestKept > Math.max(1, head.oldest_kept) ? { oldestKept } : null));
	}
	// Read after the commit: whatever another run has published meanwhile is kept, too.
	const kept = (await lake.history()).filter(({ number }) => number >= oldestKept);
	const named = await namedBy(lake, kept);
	const doomed: { key: string; bytes: number }[] = [];
	for (const prefix of prefixes) {
		for await (const { key, bytes, modified } of lake.store.list(prefix)) {
			const inUse = named.has(key) || options.alsoKept.some((read) => key.startsWith(read));
			if (!inUse && modified.getTime() < cutOff) doomed.push({ key, bytes });
		}
	}
	if (!options.dryRun) await lake.store.delete(doomed.map(({ key }) => key));
	return { files: doomed.length, bytes: doomed.reduce((sum, { bytes }) => sum + bytes, 0), oldestKept };
}

/** The number of the head that was the newest one at an instant; that head and all later ones are kept. */
function oldestInUseSince(heads: readonly Head[], instant: number): number {
	const older = heads.filter(({ created_at }) => Date.parse(created_at) <= instant);
	return older.at(-1)?.number ?? heads[0]?.number ?? 0;
}

/** The keys of everything that some heads name: manifests, and the files these name. */
async function namedBy(lake: Lake, heads: readonly Head[]): Promise<Set<string>> {
	const named = new Set<string>();
	const once = async (key: string, read: () => Promise<readonly string[]>) => {
		if (named.has(key)) return;
		named.add(key);
		for (const file of await read()) named.add(file);
	};
	for (const head of heads) {
		const snapshot = new Snapshot(lake.store, head);
		for (const [name, key] of Object.entries(head.tables)) {
			await once(key, async () =>
				Object.values((await snapshot.table(name)).partitions).flatMap(({ files }) => files.map((file) => file.key)),
			);
		}
		if (head.ledger === null || named.has(head.ledger)) continue;
		named.add(head.ledger);
		const { ingested, admitted } = await snapshot.ledger();
		for (const byDataset of [ingested, admitted]) {
			for (const [dataset, batches] of Object.entries(byDataset)) {
				for (const [batch, { attempt }] of Object.entries(batches)) {
					await once(lake.batchKey(dataset, batch, attempt), async () => {
						const { files, quarantine } = await lake.batch(dataset, batch, attempt);
						return [...files, ...quarantine].map(({ key }) => key);
					});
				}
			}
		}
	}
	return named;
}
