import { tablePartitions } from '../../../../tasks/pipeline/catalog/desired';

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
