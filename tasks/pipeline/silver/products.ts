import productWinners from '../../../sql/silver/product-winners.sql';
import { type OutcomeCounts, type Snapshot, whole } from '../../lake';
import { attach, type Workbench, writePartitions } from '../../lake/partitions';
import { Spool } from '../../lake/spool';
import { fill } from '../../platform/duckdb/fill';
import { identifier } from '../../platform/duckdb/quote';
import { lookUp } from '../../platform/look-up';
import { arrivalRows } from './arrivals';
import type { Delta } from './delta';
import { contentColumns, productRecords, silver } from './tables';
import { type Manifests, replaced } from './write-dataset';

/**
 * Brings the catalogue up to date: of each product the last arrival. Only the winners and their batches are kept, so
 * where a batch is taken out, `added` has to be every admitted batch, to be read again from Bronze.
 */
export async function cleanProducts(
	bench: Workbench,
	snapshot: Snapshot,
	{ added, removed }: Delta,
	attempt: string,
): Promise<Manifests> {
	const { duckdb } = bench;
	const [current, records] = await Promise.all([
		snapshot.table(silver('products').name),
		snapshot.table(productRecords.name),
	]);
	const content = contentColumns('products').map(({ name }) => identifier(name));
	await attach(bench, silver('products'), current, { as: 'old_products' });
	const entries = await Spool.create(bench, 'entries', [
		...contentColumns('products'),
		{ name: 'rank', type: 'int' },
		{ name: 'position', type: 'bigint' },
	]);
	const afresh = removed.size > 0;
	if (!afresh) {
		await attach(bench, productRecords, records, { as: 'product_batches' });
		await entries.add(
			`select ${content.map((name) => `old_products.${name}`).join(', ')}, ranks.rank, 0 as position
			 from old_products
			 inner join product_batches on product_batches.product_id = old_products.product_id
			 inner join ranks on ranks.batch = product_batches.batch`,
		);
	}
	const arrived = await arrivalRows('products', added);
	if (arrived !== undefined) await entries.add(arrived);
	await duckdb.execute(
		`create or replace temp table product_winners as ${fill(productWinners, { columns: content.join(', ') })}`,
	);
	const counts = await duckdb.rows(
		`select ranks.batch, count(*) as entries,
			(select count(*) from product_winners where product_winners.rank = ranks.rank) as kept
		 from entries inner join ranks on ranks.rank = entries.rank group by ranks.batch, ranks.rank`,
	);
	const former = afresh ? {} : (records.partitions[whole]?.labels ?? {});
	const labels: Record<string, OutcomeCounts> = { ...former };
	for (const { batch, entries, kept } of counts) {
		const superseded = (lookUp(former, String(batch))?.superseded ?? 0) + Number(entries) - Number(kept);
		labels[String(batch)] = { kept: Number(kept), superseded, duplicates: 0, orphans: 0 };
	}
	await duckdb.execute(`create or replace temp view product_rows as select ${content.join(', ')} from product_winners`);
	await duckdb.execute(
		`create or replace temp view product_record_rows as
		 select product_id, ranks.batch from product_winners inner join ranks on ranks.rank = product_winners.rank`,
	);
	await productChanges(bench, 'select product_id from product_winners');
	const names = await duckdb.row(
		'select cast(sum(cast(hash(product_id, name, category) as hugeint)) as varchar) as fingerprint from product_winners',
	);
	const write = async (table: typeof productRecords, from: string) =>
		writePartitions(bench, table, { from, partitions: [whole], attempt });
	return {
		[silver('products').name]: replaced(
			current,
			[whole],
			await write(silver('products'), 'product_rows'),
			(_, entry) => ({
				...entry,
				facts: { names: String(names.fingerprint) },
			}),
		),
		[productRecords.name]: replaced(
			records,
			[whole],
			await write(productRecords, 'product_record_rows'),
			(_, entry) => ({
				...entry,
				labels,
			}),
		),
	};
}

/** The tables that `cleanProducts` leaves, where no product changes. */
export async function noProductsChange(bench: Workbench, snapshot: Snapshot): Promise<void> {
	await attach(bench, silver('products'), await snapshot.table(silver('products').name), { as: 'old_products' });
	await productChanges(bench, 'select product_id from old_products');
}

/** Leaves the tables `known_products`, `appeared_products` and `vanished_products`, of a column `product_id` each. */
async function productChanges({ duckdb }: Workbench, now: string): Promise<void> {
	await duckdb.execute(`create or replace temp table known_products as ${now}`);
	const difference = (name: string, a: string, b: string) =>
		duckdb.execute(
			`create or replace temp table ${name} as select product_id from ${a} where product_id not in (select product_id from ${b})`,
		);
	await difference('appeared_products', 'known_products', 'old_products');
	await difference('vanished_products', 'old_products', 'known_products');
}
