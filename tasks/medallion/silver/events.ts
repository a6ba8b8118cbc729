import type { Workbench } from '../../engines/table-files';
import type { Snapshot } from '../../lake';
import { addArrivals } from './arrivals';
import type { Delta } from './delta';
import { addStored, createEntries, ownHome, partitionsHolding } from './entries';
import { placeContested, settle } from './settle';
import { recordSet } from './tables';
import { type Manifests, writeDataset } from './write-dataset';

/** Brings the events up to date. An event's date is part of its key, so it never moves. */
export async function cleanEvents(
	bench: Workbench,
	snapshot: Snapshot,
	{ added, removed }: Delta,
	attempt: string,
): Promise<Manifests> {
	const { duckdb } = bench;
	const stored = (await snapshot.table(recordSet('events').name)).partitions;
	await createEntries(bench, 'events');
	await addArrivals(bench, 'events', added, ownHome.events);
	const arrived = await duckdb.rows('select distinct cast(home as varchar) as home from entries');
	const homes = [
		...new Set([...(await partitionsHolding(snapshot, 'events', removed)), ...arrived.map(({ home }) => String(home))]),
	].sort();
	await addStored(
		bench,
		snapshot,
		'events',
		homes.filter((home) => stored[home]),
		removed,
		ownHome.events,
	);
	await settle(bench, 'events');
	await placeContested(bench, { date: 'cast(contested.event_time as date)', from: '' });
	return writeDataset(bench, snapshot, 'events', homes, attempt);
}
