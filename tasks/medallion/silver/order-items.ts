import { attach, type Workbench } from '../../engines/table-files';
import { homeless, type Snapshot } from '../../lake';
import { addArrivals } from './arrivals';
import type { Delta } from './delta';
import { addStored, createEntries, homeText, partitionsHolding } from './entries';
import { possibleHomes } from './key-index';
import { placeContested, settle } from './settle';
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
	changedOrderDates: readonly string[],
	attempt: string,
): Promise<Manifests> {
	const { duckdb } = bench;
	const stored = (await snapshot.table(recordSet('order_items').name)).partitions;
	await createEntries(bench, 'order_items');
	await addArrivals(bench, 'order_items', added, homeIn('order_winners'));
	const orders = new KnownOrders(bench, snapshot, changedOrderDates);
	await orders.create();
	await orders.add(await possibleHomes(bench, snapshot, 'select distinct order_id from entries where home is null'));
	await duckdb.execute(
		`update entries set home = order_homes.home from order_homes
		 where entries.home is null and order_homes.order_id = entries.order_id`,
	);
	const homes = new Set([
		...(await partitionsHolding(snapshot, 'order_items', removed)),
		...(await homesOfArrivals(bench)),
		...(await homesOfMovedOrders(bench, snapshot)),
		...(await homesOfChangedProducts(bench, snapshot)),
	]);
	if (homes.size === 0) return {};
	await orders.add([...homes].filter((home) => home !== homeless));
	const load = [...homes].filter((home) => stored[home]);
	await addStored(bench, snapshot, 'order_items', load, removed, homeIn('order_homes'));
	await settle(bench, 'order_items');
	await placeContested(bench, {
		date: 'order_homes.home',
		from: 'left join order_homes on order_homes.order_id = contested.order_id',
	});
	await setOrphansAside(bench);
	return writeDataset(bench, snapshot, 'order_items', [...homes].sort(), attempt);
}

/** The table `order_homes`: where the orders of some dates live, as they are after this run. */
class KnownOrders {
	private readonly dates: Set<string>;

	constructor(
		private readonly bench: Workbench,
		private readonly snapshot: Snapshot,
		changedDates: readonly string[],
	) {
		this.dates = new Set(changedDates);
	}

	/** Makes the table, with the orders of the dates that this run has written. */
	async create(): Promise<void> {
		await this.bench.duckdb.execute(
			'create or replace temp table order_homes as select order_id, home from order_winners',
		);
	}

	/** Adds the orders of further dates, from the lake. */
	async add(dates: readonly string[]): Promise<void> {
		const further = dates.filter((date) => !this.dates.has(date));
		if (further.length === 0) return;
		const table = silver('orders');
		await attach(this.bench, table, await this.snapshot.table(table.name), {
			as: 'further_orders',
			partitions: further,
		});
		await this.bench.duckdb.execute('insert into order_homes select order_id, order_date from further_orders');
		for (const date of further) this.dates.add(date);
	}
}

const homeIn = (table: 'order_winners' | 'order_homes') => ({
	date: `${table}.home`,
	from: `left join ${table} on ${table}.order_id = arrivals.order_id`,
});

async function homesOfArrivals({ duckdb }: Workbench): Promise<string[]> {
	const rows = await duckdb.rows(`select distinct ${homeText('home')} as home from entries`);
	return rows.map(({ home }) => String(home));
}

/** Takes the winners that wait for their order or their product out of `plain_rows`, and marks them in `exceptions`. */
async function setOrphansAside({ duckdb }: Workbench): Promise<void> {
	await duckdb.execute(
		`create or replace temp table unknown_products as
		 select distinct product_id from entries where product_id not in (select product_id from known_products)`,
	);
	const isUnknown = 'product_id in (select product_id from unknown_products)';
	await duckdb.execute(
		`insert into exceptions
		 select * exclude (home), true as is_first, true as is_winner, true as is_plain, home, null as waits_for, false as is_orphan
		 from plain_rows where home is null or ${isUnknown}`,
	);
	await duckdb.execute(
		`update exceptions set is_orphan = true, waits_for = case when home is null then 'order' else 'product' end
		 where is_winner and (home is null or ${isUnknown})`,
	);
	await duckdb.execute('drop view if exists plain_winners');
	await duckdb.execute('alter view plain_rows rename to plain_winners');
	await duckdb.execute(
		`create or replace temp view plain_rows as select * from plain_winners where home is not null and not (${isUnknown})`,
	);
}

/** The homes that lines leave or enter because their order appeared, moved or vanished. */
async function homesOfMovedOrders(bench: Workbench, snapshot: Snapshot): Promise<string[]> {
	const { duckdb } = bench;
	const records = await snapshot.table(recordSet('order_items').name);
	await attach(bench, recordSet('order_items'), records, { as: 'waiting', partitions: [homeless] });
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
		homes.push(...rows.map(({ home }) => String(home)).filter((home) => home !== homeless));
	};
	await holding(orphans, 'appeared_products');
	await holding(silver('order_items'), 'vanished_products');
	return homes;
}
