import type { Snapshot, TableManifest } from '../../lake';
import { attach, type Workbench } from '../../lake/partitions';
import { Spool } from '../../lake/spool';
import type { Delta } from './delta';
import { addArrivals, addStored, createEntries, ownHome, partitionsHolding } from './entries';
import { addHomes, possibleHomes } from './key-index';
import { placeContested, settle } from './settle';
import { recordSet, silver } from './tables';
import { type Manifests, writeDataset } from './write-dataset';

/** The dates of all winners: a plain order is its own. */
const winners = '(select order_date from plain_rows union all select order_date from contested where is_winner)';

/** The orders as this run leaves them. */
export interface WrittenOrders {
	/** Of Silver's table. */
	readonly manifest: TableManifest;
	/** The dates that were written; their files are in scratch. */
	readonly dates: readonly string[];
}

/**
 * Brings the orders up to date. An order lives at its winner's date, with all its contents; those whose ids arrive may
 * stand at other dates, and taking a batch out may bring back a content of another date still.
 * Leaves `moved_orders` (order_id, old_home, new_home; null where it was not, or is no more).
 */
export async function cleanOrders(
	bench: Workbench,
	snapshot: Snapshot,
	{ added, removed }: Delta,
	attempt: string,
): Promise<{ manifests: Manifests; orders: WrittenOrders }> {
	const { duckdb } = bench;
	const stored = (await snapshot.table(recordSet('orders').name)).partitions;
	const entries = await createEntries(bench, 'orders');
	await addArrivals(entries, 'orders', added, ownHome('orders'));
	const dates = async (from: string) =>
		(await duckdb.rows(`select distinct cast(order_date as varchar) as home from ${from}`)).map(({ home }) =>
			String(home),
		);

	const loaded = new Set<string>();
	let missing = [
		...(await partitionsHolding(snapshot, 'orders', removed)),
		...(await possibleHomes(bench, snapshot, 'select distinct order_id from entries')),
		...(await dates('entries')),
	];
	let homes: string[];
	do {
		const load = [...new Set(missing)].filter((home) => stored[home] && !loaded.has(home));
		await addStored(bench, snapshot, entries, 'orders', load, removed, ownHome('orders'));
		for (const home of load) loaded.add(home);
		await settle(bench, 'orders');
		homes = await dates(winners);
		missing = homes.filter((home) => stored[home] && !loaded.has(home));
	} while (missing.length > 0);

	await placeContested(bench, {
		date: 'winners.order_date',
		from: 'left join contested as winners on winners.order_id = contested.order_id and winners.is_winner',
	});
	const written = [...new Set([...loaded, ...homes])].sort();
	const manifests = await writeDataset(bench, snapshot, 'orders', written, attempt);
	const table = silver('orders');
	const manifest = manifests[table.name] as TableManifest;
	await attach(bench, table, await snapshot.table(table.name), { as: 'old_orders', partitions: [...loaded] });
	await attach(bench, table, manifest, { as: 'written_orders', partitions: written });
	const moved = await createMovedOrders(bench);
	await moved.add(
		`select coalesce(new.order_id, old.order_id) as order_id, old.order_date as old_home, new.order_date as new_home
		 from written_orders as new full join old_orders as old on old.order_id = new.order_id
		 where old.order_date is distinct from new.order_date`,
	);
	await duckdb.execute(
		'create or replace temp view new_homes as select order_id, new_home as home from moved_orders where new_home is not null',
	);
	const keys = await addHomes(bench, snapshot, 'new_homes', attempt);
	return { manifests: { ...manifests, ...(keys ? { keys_orders: keys } : {}) }, orders: { manifest, dates: written } };
}

/** What `cleanOrders` leaves, where no order changes. */
export async function noOrdersChange(bench: Workbench, snapshot: Snapshot): Promise<WrittenOrders> {
	await createMovedOrders(bench);
	return { manifest: await snapshot.table(silver('orders').name), dates: [] };
}

const createMovedOrders = (bench: Workbench): Promise<Spool> =>
	Spool.create(bench, 'moved_orders', [
		{ name: 'order_id', type: 'string' },
		{ name: 'old_home', type: 'date' },
		{ name: 'new_home', type: 'date' },
	]);
