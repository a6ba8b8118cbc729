import { emptyTable, type Snapshot } from '../../../../tasks/lake';
import { desiredTables, tablePartitions } from '../../../../tasks/pipeline/catalog/desired-tables';

test('a date before the year 1 is not registered, because Athena would read no partition of the table then', () => {
	const entry = (date: string) => ({
		version: 'v1',
		files: [{ key: `gold/order_kpis/order_date=${date}/v=v1/part-0.parquet`, rows: 1, bytes: 1 }],
		rows: 1,
		fingerprint: '1',
	});
	const dates = ['0001-01-01 (BC)', '0001-01-01', '2026-11-20'];
	const partitions = Object.fromEntries(dates.map((date) => [date, entry(date)]));
	expect([...tablePartitions({ format: 1, table: 'gold_order_kpis', contract: 1, partitions }, 'lake')]).toEqual([
		['0001-01-01', 's3://lake/gold/order_kpis/order_date=0001-01-01/v=v1/'],
		['2026-11-20', 's3://lake/gold/order_kpis/order_date=2026-11-20/v=v1/'],
	]);
});

test('of Bronze, batches that are NDJSON of an earlier version are left out: no other reader takes them for Parquet', async () => {
	const version = { attempt: 'v1', as_of: '2026-11-20T00:00:00.000Z', received: 1, rejected: 0 };
	const ledger = {
		format: 2,
		ingested: { orders: { older: version, newer: { ...version, format: 2 } } },
		admitted: {},
		left_out: {},
	};
	const snapshot = {
		head: { number: 1, tables: {}, ledger: 'ledger' },
		ledger: async () => ledger,
		table: async (name: string) => emptyTable(name),
	} as unknown as Snapshot;
	const tables = await desiredTables(snapshot, 'lake');
	const orders = tables.find(({ definition }) => definition.name === 'bronze_orders');
	expect(orders).toMatchObject({ leftOut: 1 });
	expect([...(orders?.partitions ?? [])]).toEqual([['newer', 's3://lake/bronze/orders/batch=newer/v=v1/']]);
});
