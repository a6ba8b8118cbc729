import type { Snapshot } from '../../lake';
import type { Workbench } from '../../lake/partitions';
import type { Delta } from './delta';
import { addArrivals, addStored, createEntries, ownDate, ownHome, partitionsHolding } from './entries';
import { placeContested, settle } from './settle';
import { recordSet, type SelfDated } from './tables';
import { type Manifests, writeDataset } from './write-dataset';

/** Brings a dataset up to date whose records are dated by their own keys, as events are: such a record never moves. */
export async function cleanSelfDated(
	bench: Workbench,
	snapshot: Snapshot,
	dataset: SelfDated,
	{ added, removed }: Delta,
	attempt: string,
): Promise<Manifests> {
	const { duckdb } = bench;
	const stored = (await snapshot.table(recordSet(dataset).name)).partitions;
	const entries = await createEntries(bench, dataset);
	await addArrivals(entries, dataset, added, ownHome(dataset));
	const arrived = await duckdb.rows('select distinct cast(home as varchar) as home from entries');
	const homes = [
		...new Set([...(await partitionsHolding(snapshot, dataset, removed)), ...arrived.map(({ home }) => String(home))]),
	].sort();
	await addStored(
		bench,
		snapshot,
		entries,
		dataset,
		homes.filter((home) => stored[home]),
		removed,
		ownHome(dataset),
	);
	await settle(bench, dataset);
	await placeContested(bench, { date: ownDate(dataset, 'contested.'), from: '' });
	return writeDataset(bench, snapshot, dataset, homes, attempt);
}
