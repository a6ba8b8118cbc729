import { type Snapshot, unplaced } from '../../lake';
import { attach, type Workbench } from '../../lake/partitions';
import type { Delta } from './delta';
import { addArrivals, addStored, createEntries, homeText, partitionsHolding } from './entries';
import { possibleHomes } from './key-index';
import type { WrittenOrders } from './orders';
import { placeContestedLines, settle } from './settle';
import { orphans, recordSet, silver } from './tables';
import { type Manifests, writeDataset } from './write-dataset';

/**
 * Brings the lines up to date. A line lives where its order does, and waits (an orphan) while its order or its product
 * is not in Silver. Reads the tables that `cleanOrders` and `cleanProducts` leave.
 */
export async function cleanOrderItems(
	bench: Workbench,
	snapshot: Snapshot,
	{ added, removed }: Delta,
	writtenOrders: WrittenOrders,
	attempt: string,
): Promise<Manifests> {
	const stored = (await snapshot.table(recordSet('order_items').name)).partitions;
	const orders = new KnownOrders(bench, writtenOrders);
	await orders.add(writtenOrders.dates);
	const entries = await createEntries(bench, 'order_items', 'found_lines');
	await addArrivals(entries, 'order_items', added, homeInOrders);
	const waiting = 'select order_id from found_lines where home is null';
	const further = await orders.add(await possibleHomes(bench, snapshot, `select distinct order_id from (${waiting})`));
	await showEntries(bench, further ? waiting : undefined);
	const homes = new Set([
		...(await partitionsHolding(snapshot, 'order_items', removed)),
		...(await homesOfArrivals(bench)),
		...(await homesOfMovedOrders(bench, snapshot)),
		...(await homesOfChangedProducts(bench, snapshot)),
	]);
	if (homes.size === 0) return {};
	await orders.add([...homes].filter((home) => home !== unplaced));
	const load = [...homes].filter((home) => stored[home]);
	await addStored(bench, snapshot, entries, 'order_items', load, removed, homeInOrders);
	await settle(bench, 'order_items');
	await placeContestedLines(bench);
	return writeDataset(bench, snapshot, 'order_items', [...homes].sort(), attempt);
}

/**
 * Makes the view `entries`: the lines found, those that wait with the home of their order where it turned up on a further
 * date. These are few, so to look at all lines once more costs less than to write them again.
 */
async function showEntries({ duckdb }: Workbench, waiting: string | undefined): Promise<void> {
	if (waiting === undefined) {
		await duckdb.execute('create or replace temp view entries as select * from found_lines');
		return;
	}
	await duckdb.execute(
		`create or replace temp table late_lines as select order_id, home from order_homes where order_id in (${waiting})`,
	);
	await duckdb.execute(
		`create or replace temp view entries as
		 select found_lines.* replace (coalesce(found_lines.home, late_lines.home) as home)
		 from found_lines left join late_lines on late_lines.order_id = found_lines.order_id`,
	);
}

/** The view `order_homes` (order_id, home): where the orders of some dates live, as they are after this run. */
class KnownOrders {
	private readonly dates = new Set<string>();

	constructor(
		private readonly bench: Workbench,
		private readonly orders: WrittenOrders,
	) {}

	/** Adds the orders of further dates; false where all of these were known. */
	async add(dates: readonly string[]): Promise<boolean> {
		const known = this.dates.size;
		for (const date of dates) this.dates.add(date);
		if (known > 0 && known === this.dates.size) return false;
		await attach(this.bench, silver('orders'), this.orders.manifest, {
			as: 'known_orders',
			partitions: [...this.dates],
		});
		await this.bench.duckdb.execute(
			'create or replace temp view order_homes as select order_id, order_date as home from known_orders',
		);
		return true;
	}
}

const homeInOrders = {
	date: 'order_homes.home',
	from: 'left join order_homes on order_homes.order_id = arrivals.order_id',
};

async function homesOfArrivals({ duckdb }: Workbench): Promise<string[]> {
	const rows = await duckdb.rows(`select ${homeText('home')} as home from entries group by entries.home`);
	return rows.map(({ home }) => String(home));
}

/** The homes that lines leave or enter because their order appeared, moved or vanished. */
async function homesOfMovedOrders(bench: Workbench, snapshot: Snapshot): Promise<string[]> {
	const { duckdb } = bench;
	const records = await snapshot.table(recordSet('order_items').name);
	await attach(bench, recordSet('order_items'), records, { as: 'waiting', partitions: [unplaced] });
	const rows = await duckdb.rows(
		`with moves as (
			select old_home, new_home from moved_orders where old_home is not null
			union
			select old_home, new_home from moved_orders
			where old_home is null and order_id in (select order_id from waiting)
		 )
		 select ${homeText('old_home')} as home from moves union select ${homeText('new_home')} from moves`,
	);
	return rows.map(({ home }) => String(home));
}

/** The homes of lines whose product appeared or vanished. */
async function homesOfChangedProducts(bench: Workbench, snapshot: Snapshot): Promise<string[]> {
	const { duckdb } = bench;
	const homes: string[] = [];
	const holding = async (table: typeof orphans, products: string) => {
		const { n } = await duckdb.row(`select count(*) as n from ${products}`);
		if (Number(n) === 0) return;
		await attach(bench, table, await snapshot.table(table.name), { as: 'lines_of_products' });
		const rows = await duckdb.rows(
			`select distinct ${homeText('order_date')} as home from lines_of_products where product_id in (select product_id from ${products})`,
		);
		homes.push(...rows.map(({ home }) => String(home)).filter((home) => home !== unplaced));
	};
	await holding(orphans, 'appeared_products');
	await holding(silver('order_items'), 'vanished_products');
	return homes;
}
