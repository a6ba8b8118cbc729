import { ingestBatch } from '../../../tasks/pipeline/bronze';
import { aggregate } from '../../../tasks/pipeline/gold';
import { clean } from '../../../tasks/pipeline/silver';
import { runQuery } from '../../../tasks/query';
import { listTables } from '../../../tasks/query/list-tables';
import { tablesText } from '../../../tasks/query/tables-text';
import { MemoryLake } from '../../support/memory-lake';

const lake = new MemoryLake();
const tablesAt = (number?: number) =>
	lake.process(async (context) => {
		const of = await context.lake();
		return listTables(of, number === undefined ? await of.newest() : await of.at(number), []);
	});
const table = async (name: string, number?: number) => (await tablesAt(number)).find((listed) => listed.name === name);
const order = (id: string, date: string, status = 'completed') =>
	JSON.stringify({ order_id: id, user_id: 'u', order_date: date, total_amount: 1, status });

beforeAll(async () => {
	const lines = [order('o1', '2026-11-19'), order('o2', '2026-11-20'), order('o3', '2026-11-20', 'lost')];
	await lake.store.putText('landing/orders/batch=2026-11-20/orders.ndjson', lines.join('\n'));
	await lake.process((context) => ingestBatch(context, { batch: '2026-11-20', maxRejected: 1 }));
	await lake.process((context) => clean(context, { batches: ['2026-11-20'] }));
	await lake.process((context) => aggregate(context, { kind: 'all' }));
});

it('counts rows and partitions, and finds the newest date, of Silver and Gold', async () => {
	expect(await table('silver_orders')).toEqual({
		name: 'silver_orders',
		rows: 2,
		partitions: 2,
		newest: '2026-11-20',
		bytes: expect.any(Number),
		description: expect.stringMatching(/\w/),
	});
	expect(await table('gold_order_kpis')).toMatchObject({ rows: 2, partitions: 2, newest: '2026-11-20' });
	expect(await table('gold_customer_value')).toMatchObject({ rows: 1, partitions: null, newest: null });
	expect(await table('silver_events')).toMatchObject({ rows: 0, partitions: 0, newest: null, bytes: 0 });
});

it('gives the bytes of the files of the current versions', async () => {
	const bytes = async (prefix: string) => {
		let sum = 0;
		for await (const object of lake.store.list(prefix)) sum += object.bytes;
		return sum;
	};
	expect((await table('silver_orders'))?.bytes).toBe(await bytes('silver/orders/'));
	const once = await bytes('bronze/orders/');
	expect(await table('bronze_orders')).toMatchObject({ rows: 2, partitions: 1, newest: '2026-11-20', bytes: once });
	// The batch's earlier version stays in the bucket.
	await lake.store.putText('landing/orders/batch=2026-11-20/orders.ndjson', order('o1', '2026-11-19'));
	await lake.process((context) => ingestBatch(context, { batch: '2026-11-20', maxRejected: 1 }));
	expect(await table('bronze_orders')).toMatchObject({ rows: 1, bytes: (await bytes('bronze/orders/')) - once });
});

it('shows an earlier head', async () => {
	expect(await table('bronze_orders', 1)).toMatchObject({ rows: 2 });
	expect(await table('silver_orders', 1)).toMatchObject({ rows: 0 });
});

it('counts the rows of the accounts that the ledger knows', async () => {
	expect(await table('lake_batches')).toMatchObject({ rows: 1, partitions: null });
	expect(await table('lake_quarantine')).toMatchObject({ rows: 1 });
	expect(await table('lake_orphans')).toMatchObject({ rows: 0 });
	expect(await table('lake_refused')).toMatchObject({ rows: null });
	expect(await table('gadget_sales')).toMatchObject({ rows: null });
});

it('lists and describes every table that `show tables` lists', async () => {
	const listed = await tablesAt();
	const shown = await lake.process((context) =>
		runQuery(context, { file: 'show tables', param: [], engine: 'duckdb' }),
	);
	expect(listed.map(({ name }) => name).sort()).toEqual(shown.rows.map(([name]) => name).sort());
	expect(listed.filter(({ description }) => description === '')).toEqual([]);
});

it('shows sizes in readable units', () => {
	const row = (name: string, bytes: number | null) => ({
		...{ name, bytes, rows: 1, partitions: null, newest: null, description: 'A table.' },
	});
	expect(tablesText([row('a', 0), row('b', 999), row('c', 12_345), row('d', 1_500_000_000), row('e', null)])).toBe(
		[
			'name  rows  partitions  newest  size     description',
			'────  ────  ──────────  ──────  ───────  ───────────',
			'a        1                      0 B      A table.',
			'b        1                      999 B    A table.',
			'c        1                      12.3 kB  A table.',
			'd        1                      1.5 GB   A table.',
			'e        1                               A table.',
		].join('\n'),
	);
});
