import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vacuum } from '../../../tasks/lake';
import { ingestBatch } from '../../../tasks/pipeline/bronze';
import { query } from '../../../tasks/query';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { publish } from '../../support/publish';

const store = new MemoryStore();
const { context, dispose } = testContext({ store });
let folder: string;

const run = async (sql: string, options: { param?: string[]; at?: number } = {}) => {
	const file = join(folder, 'q.sql');
	await writeFile(file, sql);
	return query(context, { file, param: [], engine: 'duckdb', format: 'csv', ...options });
};
const sales = (date: string, amount: number) =>
	`select 'Toys' as category, 'p1' as product_id, 'Top' as product_name, 1 as orders, 2 as units, ${amount} as amount, '${date}' as order_date`;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-query-'));
	await publish(context, { gold_daily_sales: { rows: sales('2026-11-20', 10.5) } });
	await publish(context, { gold_daily_sales: { rows: sales('2026-11-21', 0.25) } });
});
afterAll(async () => {
	await dispose();
	await rm(folder, { recursive: true });
});

it('answers the first query of the documentation word for word', async () => {
	const sql = `SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC;`;
	expect(await run(sql)).toBe('category,total_revenue\r\nToys,10.75\r\n');
});

it('knows tables by their bare name, in any case, beside a CTE', async () => {
	const sql = `with gold_order_kpis as (select * from Gold_Daily_Sales) select order_date, amount from gold_order_kpis order by 1`;
	expect(await run(sql)).toBe('order_date,amount\r\n2026-11-20,10.50\r\n2026-11-21,0.25\r\n');
});

it('reads an earlier head', async () => {
	expect(await run('select count(*) as n from gold_daily_sales', { at: 1 })).toBe('n\r\n1\r\n');
});

it('gives no rows of a table that was never written, with its columns', async () => {
	expect(await run('select * from gold_order_kpis')).toBe(
		'total_orders,total_revenue,total_items_sold,return_rate,unique_customers,order_date\r\n',
	);
});

it('binds parameters: text stays text', async () => {
	const sql = `-- :from date\n-- :least decimal = 0.30\nselect :who as who, amount from gold_daily_sales where order_date >= :from and amount > :least`;
	expect(await run(sql, { param: ["who='; drop table x; --", 'from=2026-11-20'] })).toBe(
		"who,amount\r\n'; drop table x; --,10.50\r\n",
	);
});

it.each([
	[
		'select categry\nfrom gold_daily_sales',
		'line 1, column 8: Referenced column "categry" not found in FROM clause! Candidate bindings: ',
	],
	['select *\nfrom gold_daily_sales where wehre x y', 'line 2, column 35: syntax error at or near "x"'],
	['select * from gold_dayly_sales', 'line 1, column 15: Table with name gold_dayly_sales does not exist!'],
	['select * from nowhere', "'shoplake tables' lists all."],
	[
		'select * from order_items',
		`Table with name order_items does not exist! Did you mean "silver_order_items"? 'shoplake tables' lists all.`,
	],
	["select :a, cast('x' as int) from gold_daily_sales", "Could not convert string 'x' to INT32"],
])('says where %j is wrong, exit code 65', async (sql, message) => {
	const param = sql.includes(':a') ? ['a=1'] : [];
	await expect(run(sql, { param })).rejects.toMatchObject({ message: expect.stringContaining(message), exitCode: 65 });
});

describe('the accounting tables', () => {
	const version = { attempt: 'v1', as_of: '2026-11-20T06:30:00.000Z', received: 7, rejected: 1 };
	const line = (fields: object) => `${JSON.stringify(fields)}\n`;
	const put = async (key: string, text: string) => {
		const path = join(folder, 'object');
		await writeFile(path, text);
		return { key, rows: text.split('\n').length - 1, bytes: await store.upload(path, key) };
	};

	beforeAll(async () => {
		const root = (layer: string) => `${layer}/orders/batch=2026-11-20/v=v1`;
		const records = line({
			_file: 0,
			_line: 2,
			order_id: 'o1',
			user_id: 'u1',
			order_date: '2026-11-20',
			total_amount: 10.0,
			status: 'pending',
			extra: 1,
		});
		const rejected = line({
			dataset: 'orders',
			batch: '2026-11-20',
			file: 'orders.ndjson',
			line: 1,
			rule: 'enum',
			message: 'status is lost',
			raw: '{"order_id":"o9"}',
		});
		const lake = await context.lake();
		await lake.putBatch({
			format: 1,
			dataset: 'orders',
			batch: '2026-11-20',
			contract: 1,
			sources: [{ name: 'orders.ndjson', records: 7, bytes: 700 }],
			files: [await put(`${root('bronze')}/part-0.ndjson`, records)],
			quarantine: [await put(`${root('quarantine')}/part-0.ndjson`, rejected)],
			fingerprint: '',
			tidy: true,
			...version,
			rejected: { enum: 1 },
		});
		const labels = (kept: number, duplicates: number) => ({
			'2026-11-20': { kept, duplicates, superseded: 1, orphans: 0 },
		});
		const partition = (more: object) => ({ version: 'v1', files: [], rows: 0, fingerprint: '', ...more });
		const batches = { orders: { '2026-11-20': version } };
		await lake.transact(context.step('clean').run, async () => ({
			ledger: { format: 1, ingested: batches, admitted: batches, left_out: {} },
			tables: {
				records_orders: {
					format: 1,
					table: 'records_orders',
					contract: 1,
					partitions: {
						'2026-11-20': partition({ labels: labels(2, 0) }),
						'2026-11-19': partition({ labels: labels(1, 1) }),
					},
				},
			},
		}));
	});

	it('lake_batches accounts for every record of an admitted batch', async () => {
		expect(await run('select * from lake_batches')).toBe(
			'dataset,batch,as_of,received,kept,duplicates,superseded,rejected,orphans\r\n' +
				'orders,2026-11-20,2026-11-20 06:30:00,7,3,1,2,1,0\r\n',
		);
	});

	it('lake_quarantine shows what was rejected and why', async () => {
		expect(await run('select * from lake_quarantine')).toBe(
			'dataset,batch,file,line,rule,message,raw\r\norders,2026-11-20,orders.ndjson,1,enum,status is lost,"{""order_id"":""o9""}"\r\n',
		);
	});

	it('bronze_orders types the records, also those of an NDJSON batch of an earlier version', async () => {
		expect(await run('select * from ecommerce_analytics_db.bronze_orders')).toBe(
			'_file,_line,order_id,user_id,order_date,total_amount,status,_extra,_raw,batch\r\n0,2,o1,u1,2026-11-20 00:00:00,10.00,pending,,,2026-11-20\r\n',
		);
	});

	it('lake_orphans has the item and what it waits for', async () => {
		expect(await run('select * from lake_orphans')).toBe(
			'order_id,line_number,product_id,quantity,unit_price,waits_for,batch,order_date\r\n',
		);
	});
});

describe('a batch that was refused for its rejected records', () => {
	let now = new Date('2026-11-20T06:00:00Z');
	const refusing = new MemoryStore({ clock: () => now });
	const order = (more: object) =>
		JSON.stringify({
			order_id: 'o1',
			user_id: 'u',
			order_date: '2026-11-20',
			total_amount: 1,
			status: 'pending',
			...more,
		});
	const bad = order({ status: 'lost' });

	const inLake = async <T>(work: (context: ReturnType<typeof testContext>['context']) => Promise<T>): Promise<T> => {
		const { context: own, dispose: end } = testContext({ store: refusing, clock: () => now });
		try {
			return await work(own);
		} finally {
			await end();
		}
	};
	const ingest = async (at: string, batch: string, ...lines: readonly string[]) => {
		now = new Date(at);
		await refusing.putText(`landing/orders/batch=${batch}/orders.ndjson`, lines.join('\n'));
		return inLake((own) => ingestBatch(own, { batch, maxRejected: 0.05 })).catch(({ exitCode }) => exitCode);
	};
	const refused = async () => {
		const file = join(folder, 'refused.sql');
		await writeFile(file, 'select * from lake_refused order by batch, line');
		return inLake((own) => query(own, { file, param: [], engine: 'duckdb', format: 'csv' }));
	};
	const header = 'dataset,batch,refused_at,file,line,rule,message,raw\r\n';

	it('shows them by lake_refused, those of the newest refusal, until vacuum deletes them', async () => {
		expect(await refused()).toBe(header);
		expect(await ingest('2026-11-20T06:00:00Z', 'a', bad, bad)).toBe(65);
		expect(await ingest('2026-11-20T06:10:00Z', 'b', '{')).toBe(65);
		expect(await ingest('2026-11-20T06:20:00Z', 'a', order({}), order({ user_id: '' }))).toBe(65);
		const rows =
			'orders,a,2026-11-20 06:20:00,orders.ndjson,2,missing,user_id is absent or empty,' +
			`"${order({ user_id: '' }).replaceAll('"', '""')}"\r\n`;
		const [first, ...others] = (await refused()).slice(header.length).split(/(?<=\r\n)/);
		expect(first).toBe(rows);
		expect(others).toEqual([expect.stringMatching(/^orders,b,2026-11-20 06:10:00,orders\.ndjson,1,unparsable,/)]);
		expect(refusing.keys('_heads/')).toEqual([]);
		now = new Date('2026-11-28T06:15:00Z');
		await inLake(async (own) => vacuum(await own.lake(), own.run, { graceMs: 8 * 24 * 3600_000, alsoKept: [] }));
		expect(refusing.keys('refused/')).toEqual([expect.stringContaining('20261120T062000000Z')]);
	});
});
