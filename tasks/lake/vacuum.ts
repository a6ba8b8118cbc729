import { listPublished } from './iceberg/published';
import { type Lake, type LoggedHead, longestRunMs, type Run, type Snapshot } from './lake';
import { composeLayout, type LakeLayout, listVacuumedPrefixes, prefixes } from './layout';
import { listNamedFiles, type NamedFiles } from './named-files';

/** Whether a run of the lake wrote this file: each has its own folder or name. Other objects beside them are not the lake's. */
export const isOfRun = (key: string): boolean =>
	[prefixes.manifests, prefixes.iceberg, prefixes.refused, prefixes.scratch].some((prefix) => key.startsWith(prefix)) ||
	key.includes('/v=');

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
 * are key prefixes that others still read, among them the Iceberg metadata that the catalogue names. What Iceberg metadata
 * name is kept until they have been superseded for `graceMs`: a state is first taken out of them, by `crawl`. The grace is at least the longest run. All ages go by the store's time. Throws
 * ConfigurationError if this machine's clock differs from it.
 */
export async function vacuum(
	lake: Lake,
	run: Run,
	options: { graceMs: number; alsoKept: readonly string[]; dryRun?: boolean; layout?: LakeLayout },
): Promise<Vacuumed> {
	const { layout = composeLayout(lake.contracts) } = options;
	const cutOff = (await lake.now()).getTime() - Math.max(options.graceMs, longestRunMs);
	const { heads } = await lake.log();
	const oldestKept = oldestInUseSince(heads, cutOff);
	if (!options.dryRun && heads.length > 0) {
		const work = async ({ head }: Snapshot) => (oldestKept > Math.max(1, head.oldest_kept) ? { oldestKept } : null);
		await lake.transact(run, work, { inAnyTimeZone: true });
	}
	const published = await listPublished(lake.store, { since: cutOff, current: new Set(options.alsoKept) });
	const named = await namedSince(lake, { oldestKept, published: published.manifests, layout });
	const folders = [...options.alsoKept, ...published.folders, ...named.folders];
	const toDelete: { key: string; bytes: number }[] = [];
	for (const prefix of named.everything ? [] : listVacuumedPrefixes(layout)) {
		for await (const { key, bytes, modified } of lake.store.list(prefix)) {
			const inUse = named.files.has(key) || published.keys.has(key) || folders.some((folder) => key.startsWith(folder));
			if (isOfRun(key) && !inUse && modified.getTime() < cutOff) toDelete.push({ key, bytes });
		}
	}
	if (!options.dryRun) await lake.store.delete(toDelete.map(({ key }) => key));
	const bytes = toDelete.reduce((sum, { bytes }) => sum + bytes, 0);
	return { files: toDelete.length, bytes, oldestKept, unreadable: named.unreadable };
}

/**
 * What the heads from a number on name, and the published manifests, which may be of earlier ones. Read after the commit:
 * files that another run has just published are kept, too.
 */
async function namedSince(
	lake: Lake,
	{
		oldestKept,
		published,
		layout,
	}: {
		readonly oldestKept: number;
		readonly published: readonly { readonly table: string; readonly key: string }[];
		readonly layout: LakeLayout;
	},
): Promise<NamedFiles> {
	const { heads, lost } = await lake.log();
	const kept = heads.flatMap(({ head }) => (head.number >= oldestKept ? [head] : []));
	const newest = heads.at(-1)?.head;
	const earlier = newest
		? published.map(({ table, key }) => ({ ...newest, tables: { [table]: key }, ledger: null }))
		: [];
	return listNamedFiles(
		lake,
		[...kept, ...earlier],
		lost.flatMap(({ number }) => (number >= oldestKept ? [number] : [])),
		layout,
	);
}

/** The number of the head that was the newest at an instant; it and all later ones are kept. */
function oldestInUseSince(heads: readonly LoggedHead[], instant: number): number {
	const older = heads.filter(({ received }) => received.getTime() <= instant);
	return older.at(-1)?.head.number ?? heads[0]?.head.number ?? 0;
}
