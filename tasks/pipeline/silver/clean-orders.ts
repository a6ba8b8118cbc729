import movedOrdersSql from '../../../sql/silver/moved-orders.sql';
import orderDates from '../../../sql/silver/order-dates.sql';
import type { Relation } from '../../engine';
import { keysTable, type TableManifest } from '../../lake';
import type { BatchChanges } from './batch-changes';
import {
	addNewRecords,
	addStoredRecords,
	createCandidates,
	datedCandidates,
	listPartitions,
	partitionsHolding,
} from './candidates';
import { addOrderDates, possibleOrderDates } from './key-index';
import { type Divided, divideVersions, resolveOrders } from './resolve-versions';
import { type Manifests, type SilverRun, scoped } from './silver-run';
import { silver, versionHistory } from './tables';
import { writeDataset } from './write-dataset';

/** The orders as a run leaves them. */
export interface OrdersAfter {
	/** Of Silver's table. */
	readonly manifest: TableManifest;
	/** The dates that were written; their files are in scratch. */
	readonly dates: readonly string[];
	/** `order_id`, `old_date`, `new_date`: null where the order was not in Silver, or is no more. Undefined where none moved. */
	readonly moved: Relation | undefined;
}

/**
 * Updates the orders. An order is in the partition of its winner's date, with all its versions. A new record's order may
 * be at other dates already, and removing a batch may bring back a version of yet another date.
 */
export async function cleanOrders(
	parent: SilverRun,
	changes: BatchChanges,
): Promise<{ manifests: Manifests; orders: OrdersAfter }> {
	const { manifests, loaded, dates } = await scoped(parent, (run) => writeOrders(run, changes));
	const { engine, snapshot } = parent;
	const table = silver(parent.contracts.datasets.orders);
	const manifest = manifests[table.name] as TableManifest;
	const moved = await engine.keep(movedOrdersSql, {
		inputs: {
			orders_before: await engine.attach(table, await snapshot.table(table.name), loaded),
			orders_after: await engine.attach(table, manifest, dates),
		},
	});
	const keys = await addOrderDates(parent, moved);
	return {
		manifests: { ...manifests, ...(keys ? { [keysTable('orders')]: keys } : {}) },
		orders: { manifest, dates, moved },
	};
}

/** Writes the orders of the partitions `loaded`, and of those that winners moved to. */
async function writeOrders(
	run: SilverRun,
	changes: BatchChanges,
): Promise<{ manifests: Manifests; loaded: string[]; dates: string[] }> {
	const { engine, snapshot } = run;
	const { orders } = run.contracts.datasets;
	const stored = (await snapshot.table(versionHistory(orders).name)).partitions;
	const candidates = await createCandidates(engine, orders);
	const asCandidates = datedCandidates(engine, orders);
	await addNewRecords(run, candidates, changes, asCandidates);
	const loaded = new Set<string>();
	let missing = [
		...(await partitionsHolding(run, orders, changes.removed)),
		...(await possibleOrderDates(run, candidates)),
		...(await listPartitions(engine, candidates)),
	];
	let divided: Divided;
	let dates: string[];
	do {
		const load = [...new Set(missing)].filter((date) => stored[date] && !loaded.has(date));
		await addStoredRecords(run, candidates, orders, load, changes, asCandidates);
		for (const date of load) loaded.add(date);
		divided = await divideVersions(engine, orders, candidates);
		const inputs = { single_counts: divided.singles.counts, versions: divided.versions };
		dates = (await engine.rows(orderDates, { inputs })).map(({ partition_date }) => String(partition_date));
		missing = dates.filter((date) => stored[date] && !loaded.has(date));
	} while (missing.length > 0);
	const written = [...new Set([...loaded, ...dates])].sort();
	const outcomes = await resolveOrders(engine, divided);
	const manifests = await writeDataset(run, orders, outcomes, { partitions: written, ranks: changes.ranks });
	return { manifests, loaded: [...loaded], dates: written };
}
