import { type Lake, type LoggedHead, longestRunMs, type Run } from './lake';
import { type LakeLayout, lakeLayout, listVacuumedPrefixes, prefixes } from './layout';
import { listNamedFiles, type NamedFiles } from './named-files';

/** Whether a run of the lake wrote this file: each has its own folder or name. Other objects beside them are not the lake's. */
const isOfRun = (key: string): boolean =>
	key.startsWith(prefixes.manifests) || key.startsWith(prefixes.refused) || key.includes('/v=');

export interface Vacuumed {
	/** Files deleted (or, in a dry run, that would be), and their bytes. */
	readonly files: number;
	readonly bytes: number;
	/** The first head that can still be restored. */
	readonly oldestKept: number;
	/** Heads and manifests that can't be read: everything that they may name is kept. */
	readonly unreadable: readonly string[];
}

/**
 * Deletes unreferenced files: those that were superseded, or written and never committed, longer than `graceMs` ago. First
 * commits a head that says which heads are kept, so that nobody restores a state whose files are being deleted. `alsoKept`
 * are key prefixes that others still read. The grace is at least the longest run. All ages go by the store's time. Throws
 * ConfigurationError if this machine's clock differs from it.
 */
export async function vacuum(
	lake: Lake,
	run: Run,
	options: { graceMs: number; alsoKept: readonly string[]; dryRun?: boolean; layout?: LakeLayout },
): Promise<Vacuumed> {
	const { layout = lakeLayout } = options;
	const cutOff = (await lake.now()).getTime() - Math.max(options.graceMs, longestRunMs);
	const { heads } = await lake.log();
	const oldestKept = oldestInUseSince(heads, cutOff);
	if (!options.dryRun && heads.length > 0) {
		await lake.transact(run, async ({ head }) => (oldestKept > Math.max(1, head.oldest_kept) ? { oldestKept } : null));
	}
	const named = await namedSince(lake, oldestKept, layout);
	const toDelete: { key: string; bytes: number }[] = [];
	for (const prefix of named.everything ? [] : listVacuumedPrefixes(layout)) {
		for await (const { key, bytes, modified } of lake.store.list(prefix)) {
			const inUse =
				named.files.has(key) || [...options.alsoKept, ...named.folders].some((read) => key.startsWith(read));
			if (isOfRun(key) && !inUse && modified.getTime() < cutOff) toDelete.push({ key, bytes });
		}
	}
	if (!options.dryRun) await lake.store.delete(toDelete.map(({ key }) => key));
	const bytes = toDelete.reduce((sum, { bytes }) => sum + bytes, 0);
	return { files: toDelete.length, bytes, oldestKept, unreadable: named.unreadable };
}

/** What the heads from a number on name. Read after the commit: files that another run has just published are kept, too. */
async function namedSince(lake: Lake, oldestKept: number, layout: LakeLayout): Promise<NamedFiles> {
	const { heads, lost } = await lake.log();
	const kept = heads.flatMap(({ head }) => (head.number >= oldestKept ? [head] : []));
	return listNamedFiles(
		lake,
		kept,
		lost.flatMap(({ number }) => (number >= oldestKept ? [number] : [])),
		layout,
	);
}

/** The number of the head that was the newest at an instant; it and all later ones are kept. */
function oldestInUseSince(heads: readonly LoggedHead[], instant: number): number {
	const older = heads.filter(({ received }) => received.getTime() <= instant);
	return older.at(-1)?.head.number ?? heads[0]?.head.number ?? 0;
}
