import itemDatesOfProducts from '../../../sql/silver/item-dates-of-products.sql';
import lateOrders from '../../../sql/silver/late-orders.sql';
import movedItemDates from '../../../sql/silver/moved-item-dates.sql';
import placedCandidates from '../../../sql/silver/placed-candidates.sql';
import waitingItems from '../../../sql/silver/waiting-items.sql';
import type { Relation } from '../../engine';
import { unplaced } from '../../lake';
import { identifier } from '../../platform/duckdb/quote';
import type { BatchChanges } from './batch-changes';
import {
	addNewRecords,
	addStoredRecords,
	createCandidates,
	itemCandidatesWith,
	listPartitions,
	partitionsHolding,
} from './candidates';
import type { OrdersAfter } from './clean-orders';
import type { ProductsAfter } from './clean-products';
import { possibleOrderDates } from './key-index';
import { resolveItems } from './resolve-versions';
import { type Manifests, type SilverRun, scoped } from './silver-run';
import { contentColumns, orphans, silver, versionHistory } from './tables';
import { writeDataset } from './write-dataset';

/**
 * Updates the order items. An item is in the partition of its order's date; it is an orphan while its order or its product
 * is not in Silver.
 */
export const cleanOrderItems = (
	parent: SilverRun,
	changes: BatchChanges,
	{ orders, products }: { readonly orders: OrdersAfter; readonly products: ProductsAfter },
): Promise<Manifests> =>
	scoped(parent, async (run) => {
		const { engine, snapshot } = run;
		const items = run.contracts.datasets.order_items;
		const stored = (await snapshot.table(versionHistory(items).name)).partitions;
		const known = new KnownOrders(run, orders);
		const asCandidates = async (records: Relation) =>
			itemCandidatesWith(engine, items, { known_orders: await known.relation(), known_products: products.known })(
				records,
			);
		const found = await createCandidates(engine, items);
		await addNewRecords(run, found, changes, asCandidates);
		const candidates = await placeWaitingItems(run, found, known);
		const partitions = new Set([
			...(await partitionsHolding(run, items, changes.removed)),
			...(await listPartitions(engine, candidates)),
			...(await datesOfMovedOrders(run, orders)),
			...(await datesOfChangedProducts(run, products)),
		]);
		if (partitions.size === 0) return {};
		known.add([...partitions].filter((partition) => partition !== unplaced));
		const load = [...partitions].filter((partition) => stored[partition]);
		await addStoredRecords(run, found, items, load, changes, asCandidates);
		const outcomes = await resolveItems(engine, items, candidates);
		return writeDataset(run, items, outcomes, { partitions: [...partitions].sort(), ranks: changes.ranks });
	});

/**
 * The items, with the dates of orders that turn up at further partitions. Few items wait, so a second pass over all costs
 * less than writing them again.
 */
async function placeWaitingItems(run: SilverRun, found: Relation, known: KnownOrders): Promise<Relation> {
	const { engine, contracts } = run;
	const waiting = await engine.define(waitingItems, { inputs: { candidates: found } });
	if (!known.add(await possibleOrderDates(run, waiting))) return found;
	const late = await engine.keep(lateOrders, {
		inputs: { known_orders: await known.relation(), waiting_items: waiting },
	});
	const columns = [
		...contentColumns(contracts.datasets.order_items).map(({ name }) => name),
		'rank',
		'position',
		'copies',
		'key_hash',
	];
	return engine.define(placedCandidates, {
		inputs: { candidates: found, late_orders: late },
		slots: { columns: [...columns, 'is_known'].map((name) => `candidates.${identifier(name)}`).join(', ') },
	});
}

/** The orders of some dates, as they are after this run. */
class KnownOrders {
	private readonly dates: Set<string>;
	private attached: Promise<Relation> | undefined;

	constructor(
		private readonly run: SilverRun,
		private readonly orders: OrdersAfter,
	) {
		this.dates = new Set(orders.dates);
	}

	/** Adds the orders of further dates; false where all of these were known. */
	add(dates: readonly string[]): boolean {
		const before = this.dates.size;
		for (const date of dates) this.dates.add(date);
		if (before === this.dates.size) return false;
		this.attached = undefined;
		return true;
	}

	relation(): Promise<Relation> {
		this.attached ??= this.run.engine.attach(silver(this.run.contracts.datasets.orders), this.orders.manifest, [
			...this.dates,
		]);
		return this.attached;
	}
}

/** The partitions that items leave or enter because their order appeared, moved or vanished. */
async function datesOfMovedOrders(
	{ engine, snapshot, contracts }: SilverRun,
	{ moved }: OrdersAfter,
): Promise<string[]> {
	if (!moved) return [];
	const history = versionHistory(contracts.datasets.order_items);
	const unplaced_items = await engine.attach(history, await snapshot.table(history.name), [unplaced]);
	const rows = await engine.rows(movedItemDates, { inputs: { moved_orders: moved, unplaced_items } });
	return rows.map(({ partition_date }) => String(partition_date));
}

/** The partitions with items whose product appeared or vanished. */
async function datesOfChangedProducts(
	{ engine, snapshot, contracts }: SilverRun,
	{ appeared, vanished }: ProductsAfter,
): Promise<string[]> {
	const items = contracts.datasets.order_items;
	const dates: string[] = [];
	const changes = [
		{ table: orphans(items), products: appeared },
		{ table: silver(items), products: vanished },
	];
	for (const { table, products } of changes) {
		if (!products) continue;
		const inputs = { items: await engine.attach(table, await snapshot.table(table.name)), products };
		const rows = await engine.rows(itemDatesOfProducts, { inputs });
		dates.push(...rows.map(({ partition_date }) => String(partition_date)));
	}
	return dates;
}
