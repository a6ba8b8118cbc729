import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TaskContext } from '../../../../tasks/context';
import { datasets, productContracts } from '../../../../tasks/contracts';
import { vacuum } from '../../../../tasks/lake';
import { verifyLake } from '../../../../tasks/operations/verify';
import { retype } from '../../../../tasks/pipeline';
import { exportBatch, ingestBatch } from '../../../../tasks/pipeline/bronze';
import { runQuery } from '../../../../tasks/query';
import { inContext, testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { cleaned, type Files, ingestFiles, ingestRefusal } from './ingest-files';

/** The settings of a shop whose export has a row a line of an order; the order's own columns are on its first row. */
const settings = {
	title: 'My shop',
	files: { source: { match: ['export*.csv'], columns: ['Name', 'Total'], optional_columns: ['Vendor'] } },
	parameters: { time_zone: { default: 'UTC', description: 'Where the shop is.' } },
};
const source = {
	'source.json': JSON.stringify(settings),
	'orders.sql': `-- A row is an order.
-- Inputs: source.
select _file, _line, "Name" as order_id, coalesce("Email", 'guest') as user_id, "Created at" as order_date,
	"Total" as total_amount, 'completed' as status
from source where "Total" is not null;
-- The end.
`,
	'order_items.sql': `-- A row is a line of an order.
-- Inputs: lines.
select _file, _line, "Name" as order_id, number as line_number, "Sku" as product_id, "Qty" as quantity, "Price" as unit_price
from lines where "Sku" is not null`,
	'lines.sql': `-- A row is a line with its number.
-- Inputs: source.
select *, row_number() over (partition by "Name" order by _file, _line) as number from source`,
};
const csv = `Name,Email,Created at,Total,Sku,Qty,Price
#1,a@example.com,2026-11-20,10.00,S1,1,4.00

#1,,,,"S
2",2,3.00
#2,,2026-11-19,5.5,S1,many,5.50
#2,,,,,,
#3,cut off
`;

/** A source with some of its files replaced; null takes one away. */
const changed = (files: Readonly<Record<string, string | null>>): Files =>
	Object.fromEntries(
		Object.entries({ ...source, ...files }).filter((entry): entry is [string, string] => entry[1] !== null),
	);
const withSettings = (change: object) => changed({ 'source.json': JSON.stringify({ ...settings, ...change }) });

/** The rows of a query on a lake, which needs no file of its own. */
async function ask(store: MemoryStore, sql: string): Promise<readonly unknown[]> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-query-'));
	try {
		const file = join(folder, 'q.sql');
		await writeFile(file, sql);
		const asked = (context: TaskContext) => runQuery(context, { file, param: [], engine: 'duckdb' });
		return (await inContext({ store }, asked)).rows;
	} finally {
		await rm(folder, { recursive: true });
	}
}
const unused = (store: MemoryStore) =>
	ask(store, 'select file, line, record, fault from lake_unused order by file, line');

test('records keep the place of their row, rejected ones too, and rows that no record comes from are shown', async () => {
	const store = new MemoryStore();
	const { outcome, bronze, quarantine, raw } = await ingestFiles({ 'export-1.csv': csv }, { source }, store);
	expect(outcome).toMatchObject({
		status: 'published',
		received: 5,
		rejected: 1,
		source: { name: 'my-shop', rows: 5, used: 3, unused: 2 },
	});
	expect(bronze).toMatchObject([
		{ _file: 0, _line: 2, order_id: '#1' },
		{ _file: 0, _line: 2, order_id: '#1' },
		{ _file: 0, _line: 4, order_id: '#1' },
		{ _file: 0, _line: 6, order_id: '#2' },
	]);
	expect(quarantine).toEqual(["export-1.csv:6 type: quantity is 'many', not a whole number of 32 bits, such as 3"]);
	expect(raw).toEqual(['{"order_id":"#2","line_number":1,"product_id":"S1","quantity":"many","unit_price":"5.50"}']);
	expect(await cleaned(store, 'orders')).toEqual([
		{ order_id: '#1', user_id: 'a@example.com', total_amount: '10.00', status: 'completed', order_date: '2026-11-20' },
		{ order_id: '#2', user_id: 'guest', total_amount: '5.50', status: 'completed', order_date: '2026-11-19' },
	]);
	expect(await ask(store, 'select * from lake_unused order by line')).toEqual([
		['2026-11-20', 'my-shop', 'export-1.csv', '7', '{"Name":"#2"}', null],
		['2026-11-20', 'my-shop', 'export-1.csv', '8', '"#3,cut off"', 'the header has 7 columns, this line 2'],
	]);
});

test('the same files, statements and as-of change nothing; another statement or value of a parameter makes a new version', async () => {
	const store = new MemoryStore();
	const files = { 'export.csv': csv };
	const status = async (own: Files, params: readonly string[] = []) =>
		(await ingestFiles(files, { source: own, params }, store)).outcome.status;
	expect(await status(source)).toBe('published');
	expect(await status(source)).toBe('unchanged');
	expect(await status(withSettings({ title: 'Another name' }))).toBe('unchanged');
	expect(await status(changed({ 'orders.sql': source['orders.sql'].replace('completed', 'pending') }))).toBe(
		'published',
	);
	expect(await status(source, ['time_zone=Europe/Berlin'])).toBe('published');
	expect(await status(source, ['time_zone=Europe/Berlin'])).toBe('unchanged');
});

test('a parameter has its default or the value given, typed as the header of the statement says', async () => {
	const orders = source['orders.sql']
		.replace('-- The end.', '')
		.replace("'completed' as status", "'completed' as status, :offset + 1 as next");
	const own = withSettings({ parameters: { offset: { default: '4', description: '' } } });
	const given = { ...own, 'orders.sql': `-- Parameters:\n-- :offset int   the offset\n${orders}` };
	const next = async (params: readonly string[]) => {
		const { bronze } = await ingestFiles({ 'export.csv': csv }, { source: given, params, dataset: 'orders' });
		return bronze.map(({ _extra }) => _extra);
	};
	expect(await next([])).toEqual([{ next: 5 }, { next: 5 }]);
	expect(await next(['offset=6'])).toEqual([{ next: 7 }, { next: 7 }]);
	expect(await ingestRefusal({ 'export.csv': csv }, { source: given, params: ['offset=x'] })).toMatchObject({
		exitCode: 64,
		message: '--param offset=x: the value must be a whole number.',
	});
});

test('nested JSON is JSON text, numbers keep their digits, and a statement may take it apart', async () => {
	const own = {
		'source.json': JSON.stringify({ title: 'Events', files: { source: { match: ['*.ndjson'] } } }),
		'events.sql': `select _file, _line, id as event_id, 'purchase' as event_type, customer ->> '$.id' as user_id,
				item ->> 'sku' as product_id, time as event_time, item ->> 'price' as price, big, flag, customer
			from (select *, unnest(cast(items as json[])) as item from source)`,
	};
	const { bronze, quarantine } = await ingestFiles(
		{
			'a.ndjson': [
				'{"id":1,"time":"2026-11-20T10:00:00Z","customer":{"id":"ü"},"items":[{"sku":"s1","price":1.50}],"big":12345678901234567890.25,"flag":true}',
				'{"id":2,"time":"2026-11-20T11:00:00Z","customer":{"id":"v"},"items":[{"sku":"s2"}],"big":null}',
				'not JSON',
				'',
			].join('\n'),
		},
		{ source: own },
	);
	expect(quarantine).toEqual([]);
	expect(bronze).toMatchObject([
		{ _line: 1, event_id: '1', user_id: 'ü', product_id: 's1', price: '1.50' },
		{ _line: 2, event_id: '2', user_id: 'v', product_id: 's2', price: null },
	]);
	expect(bronze.map(({ _extra }) => _extra)).toEqual([
		{ big: '12345678901234567890.25', flag: 'true', customer: '{"id":"ü"}' },
		{ customer: '{"id":"v"}' },
	]);
});

test('several kinds of files are relations of their own; a lookup is not counted, an optional one may be missing', async () => {
	const own = {
		'source.json': JSON.stringify({
			title: 'Products',
			files: {
				goods: { match: ['goods*'], columns: ['id'], format: 'csv' },
				names: { match: ['names.csv'], columns: ['id', 'label'], role: 'lookup' },
				prices: { match: ['prices.csv'], columns: ['id', 'price'], role: 'lookup', optional: true },
			},
		}),
		'products.sql': `select g._file, g._line, g.id as product_id, coalesce(label, g.id) as name, 'all' as category, coalesce(price, '1') as price
			from goods g left join names using (id) left join prices using (id) where g.id <> 'p3'`,
	};
	const store = new MemoryStore();
	const files = {
		'goods.txt': 'id\np1\np2\np3\n',
		'goods-2.csv.gz': gzipSync('id\np4\n'),
		'names.csv': 'id,label\np1,One\np9,Nine\n',
		'other.csv': 'x\n1\n',
	};
	const { outcome, bronze } = await ingestFiles(files, { source: own }, store);
	expect(outcome).toMatchObject({ source: { rows: 4, used: 3, unused: 1 }, passed_over_count: 1 });
	expect(bronze.map(({ _file, _line, name }) => [_file, _line, name])).toEqual([
		[0, 2, 'p4'],
		[1, 2, 'One'],
		[1, 3, 'p2'],
	]);
	await cleaned(store, 'products');
	expect(await unused(store)).toEqual([['goods.txt', '4', '{"id":"p3"}', null]]);
});

test('a dataset can be ingested alone; the rows that other statements use still count as used', async () => {
	const { outcome, bronze } = await ingestFiles({ 'export.csv': csv }, { source, dataset: 'orders' });
	expect(outcome).toMatchObject({ received: 2, source: { rows: 5, used: 3, unused: 2 } });
	expect(outcome.datasets).toHaveLength(1);
	expect(bronze).toHaveLength(2);
});

test('a batch whose statement gives no record any more replaces the one before', async () => {
	const store = new MemoryStore();
	await ingestFiles({ 'export.csv': csv }, { source }, store);
	expect(await cleaned(store, 'orders')).toHaveLength(2);
	const none = changed({ 'orders.sql': source['orders.sql'].replace('is not null;', 'is null and false;') });
	expect((await ingestFiles({ 'export.csv': csv }, { source: none }, store)).outcome).toMatchObject({
		status: 'published',
	});
	expect(await cleaned(store, 'orders')).toEqual([]);
});

test('columns of one name but for the case, and columns called _file and _line, are kept apart', async () => {
	const own = changed({
		'orders.sql': source['orders.sql'].replace(
			"'completed' as status",
			`'completed' as status, "name_2" as a, "_line_2" as b`,
		),
	});
	const text = 'Name,name,_line,Total,Email,Created at,Sku,Qty,Price\n#1,x,y,1.00,e,2026-11-20,,,\n';
	const { bronze } = await ingestFiles({ 'export.csv': text }, { source: own });
	expect(bronze).toMatchObject([{ _line: 2, order_id: '#1', _extra: { a: 'x', b: 'y' } }]);
});

describe('what is kept of a source', () => {
	const days = 24 * 3600_000;
	/** A lake with one batch, twelve days old. */
	async function oldLake() {
		let now = Date.parse('2026-11-20T00:00:00Z');
		const store = new MemoryStore({ clock: () => new Date(now) });
		const clock = () => new Date(now);
		const within = <T>(work: (context: TaskContext) => Promise<T>) => inContext({ store, clock }, work);
		await ingestFiles({ 'export.csv': csv }, { source }, store);
		now += 12 * days;
		return { store, within };
	}

	it('passes verification, and a missing object of unused rows is found', async () => {
		const { store, within } = await oldLake();
		const findings = async () =>
			(await within((context) => verifyLake(context, {}))).findings.map(({ problem }) => problem);
		expect(await findings()).toEqual([]);
		await store.delete(store.keys('quarantine/').filter((key) => key.includes('orders/') && key.includes('unused')));
		expect(await findings()).toEqual(['is missing, but the lake references it']);
	});

	it('survives vacuum, and goes with the version of the batch', async () => {
		const { store, within } = await oldLake();
		const objects = () => store.keys('quarantine/').filter((key) => key.includes('unused')).length;
		const empty = async () =>
			within(async (context) => vacuum(await context.lake(), context.run, { graceMs: days, alsoKept: [] }));
		await empty();
		expect(objects()).toBe(2);
		expect(await unused(store)).toHaveLength(0);
		await cleaned(store, 'orders');
		expect(await unused(store)).toHaveLength(2);
	});

	it('is exported as NDJSON, as the statements gave it', async () => {
		const { within } = await oldLake();
		const out = await mkdtemp(join(tmpdir(), 'shoplake-export-'));
		try {
			await within((context) => exportBatch(context, { batch: '2026-11-20', out }));
			expect((await readdir(out)).sort()).toEqual(['order_items-0000.ndjson', 'orders-0000.ndjson']);
			expect((await readFile(join(out, 'order_items-0000.ndjson'), 'utf8')).split('\n')).toEqual([
				'{"order_id":"#1","line_number":1,"product_id":"S1","quantity":"1","unit_price":"4.00"}',
				'{"order_id":"#1","line_number":2,"product_id":"S\\n2","quantity":"2","unit_price":"3.00"}',
				'{"order_id":"#2","line_number":1,"product_id":"S1","quantity":"many","unit_price":"5.50"}',
				'',
			]);
		} finally {
			await rm(out, { recursive: true });
		}
	});

	it('is typed again under a changed contract: each record keeps its place, unused rows stay', async () => {
		const { store, within } = await oldLake();
		await cleaned(store, 'orders');
		const { fields, version } = datasets.order_items;
		jest.replaceProperty(productContracts.datasets.order_items, 'version', (version + 1) as never);
		jest.replaceProperty(productContracts.datasets.order_items, 'fields', {
			...fields,
			quantity: { ...fields.quantity, atMost: 1 },
		} as never);
		try {
			expect(await within(retype)).toEqual(['order_items/2026-11-20']);
			const rejected = await ask(store, 'select file, line, rule from lake_quarantine order by line');
			expect(rejected).toEqual([
				['export.csv', '4', 'range'],
				['export.csv', '6', 'type'],
			]);
			expect(await unused(store)).toHaveLength(2);
			expect((await within((context) => verifyLake(context, {}))).findings).toEqual([]);
		} finally {
			jest.restoreAllMocks();
		}
	});
});

describe('what a user gets wrong', () => {
	const orders = (sql: string) => changed({ 'orders.sql': sql });
	const all = (more: string) =>
		`select _file, _line, "Name" as order_id, 'u' as user_id, '2026-11-20' as order_date, '1' as total_amount, 'pending' as status ${more}`;
	it.each<[string, Files, number, RegExp | string]>([
		['no settings', changed({ 'source.json': null }), 64, /^my-shop has no source\.json\. It says which files/],
		['settings that are not JSON', changed({ 'source.json': '{' }), 64, /^my-shop\/source\.json is not JSON: /],
		[
			'an unknown setting',
			withSettings({ files: { source: { match: ['*'], separator: ';' } } }),
			64,
			/^my-shop\/source\.json: files\.source: Unrecognized key: "separator"\. It has title, description, files/,
		],
		[
			'no statement of a dataset',
			changed({ 'orders.sql': null, 'order_items.sql': null }),
			64,
			/^my-shop has no statement that gives records: write at least one of orders\.sql, /,
		],
		[
			'views that read each other',
			changed({ 'lines.sql': '-- Inputs: other.\nselect 1', 'other.sql': '-- Inputs: lines.\nselect 1' }),
			64,
			'my-shop/lines.sql reads itself: lines reads other reads lines. Take one of these inputs out.',
		],
		[
			'an input that there is not',
			changed({ 'lines.sql': '-- Inputs: rows.\nselect 1' }),
			64,
			'my-shop/lines.sql: its header names the input rows, which the source does not have. It has source, lines.',
		],
		[
			'a view that is called as a relation',
			changed({ 'source.sql': 'select 1' }),
			64,
			'my-shop/source.sql: source.json has a relation source too. Rename one of them.',
		],
		[
			'a parameter that the settings do not list',
			orders(all(', :zone as z from source')),
			64,
			/^my-shop\/orders\.sql uses :zone, which source\.json does not list: add it to "parameters"/,
		],
		[
			'SQL that is not valid',
			orders('select 1\n  frm source where'),
			65,
			'my-shop/orders.sql:2:7: syntax error at or near "source"',
		],
		[
			'a column that there is not',
			orders(`${all('')},\n\t"Totl"\nfrom source`),
			65,
			/^my-shop\/orders\.sql:2:2: Referenced column "Totl" not found in FROM clause! Candidate bindings: "Total", "Qty"$/,
		],
		[
			'a value that can not be cast',
			orders(all(`, cast("Email" as int) as n\nfrom source`)),
			65,
			/^my-shop\/orders\.sql:1:129: Could not convert string 'a@example\.com' to INT32/,
		],
		[
			'no _line',
			orders(all('from source').replace('_line, ', '')),
			65,
			/^my-shop\/orders\.sql gives no column _line: add _file and _line of the row .* It gives _file, order_id, user_id, order_date, total_amount, status\.$/,
		],
		[
			'a _line that is no row of the source',
			orders(all('from source').replace('_line, ', '_line + 1000 as _line, ')),
			65,
			/^my-shop\/orders\.sql gives a record with _file 0 and _line 100\d, which is not a row of the source\. Give the _file and _line/,
		],
		[
			'a required column missing',
			orders(all('from source').replace(", 'pending' as status", '')),
			65,
			/^my-shop\/orders\.sql gives no column status, which every record of orders needs\. It gives /,
		],
		[
			'two records of one key from one row',
			changed({
				'order_items.sql': `select _file, _line, 'o' as order_id, 'p' as product_id, unnest([1, 2]) as quantity, '1' as unit_price from source`,
			}),
			65,
			/^my-shop\/order_items\.sql gives two different records of one key \(order_id o\) for the row with _file 0 and _line \d+, so neither is newer\. Give each a key of its own, such as a line_number\.$/,
		],
		[
			'no file that matches',
			withSettings({ files: { source: { match: ['orders*.csv'] } } }),
			66,
			/^There is no file for source \(orders\*\.csv\) of my-shop\. There is in\/export\.csv\. Name the files/,
		],
		[
			'a file without a column',
			withSettings({ files: { source: { match: ['*'], columns: ['Name', 'Paid at'] } } }),
			65,
			/^in\/export\.csv has no column Paid at, which source needs\. It has Name, Email, Created at, Total, Sku, Qty, Price\. .* The batch is not published\.$/,
		],
	])('%s', async (_, own, exitCode, message) => {
		const refused = await ingestRefusal({ 'export.csv': csv }, { source: own });
		expect(refused).toEqual({
			exitCode,
			message: typeof message === 'string' ? message : expect.stringMatching(message),
			stored: [],
		});
	});

	it('parameters and flags that do not fit', async () => {
		const refusal = async (options: object) => (await ingestRefusal({ 'export.csv': csv }, options)).message;
		expect(await refusal({ source, params: ['zone=UTC'] })).toBe(
			'--param zone=UTC: my-shop has no such parameter; its parameters are time_zone.'.replace('=UTC', ''),
		);
		expect(await refusal({ source, params: ['time_zone'] })).toBe('--param time_zone: write it as name=value.');
		expect(await refusal({ source, from: 'shopify' })).toMatch(/^Give either --from \(a preset\) or --map/);
		expect(await refusal({ params: ['a=b'] })).toMatch(/^--param sets a parameter of a source: give --from/);
		expect(await refusal({ from: 'no-such-shop' })).toMatch(/^--from no-such-shop: there is no such preset\. There /);
		expect(await refusal({ source, dataset: 'products' })).toBe(
			'--dataset products: my-shop has no statement for it. It has orders, order_items.',
		);
	});
});

describe('without --source, files are taken from the landing zone', () => {
	it('from the folder of the batch that has no dataset, and from those of datasets', async () => {
		const lake = new MemoryStore();
		await lake.putText('landing/batch=2026-11-20/export-1.csv', csv);
		await lake.putText('landing/batch=2026-11-20/_READY', '');
		await lake.putText('landing/orders/batch=2026-11-20/export-2.csv', csv.replaceAll('#', '#1'));
		await lake.putText('landing/orders/batch=2026-11-20/readme.txt', 'x');
		await lake.putText('landing/orders/batch=2026-11-21/export-3.csv', csv);
		for (const [name, text] of Object.entries(source)) await lake.putText(`landing/_sources/my-shop/${name}`, text);
		await lake.putText('landing/_sources/my-shop/old/orders.sql', 'not SQL');
		const { context, logged, dispose } = testContext({ store: lake });
		try {
			const map = 's3://lake/landing/_sources/my-shop/';
			const outcome = await ingestBatch(context, { batch: '2026-11-20', maxRejected: 1, map });
			expect(outcome).toMatchObject({ status: 'published', source: { name: 'my-shop', rows: 10, used: 6, unused: 4 } });
			expect(logged).toEqual([
				'warn: Passed over: s3://lake/landing/orders/batch=2026-11-20/readme.txt. No relation of my-shop takes them: "match" in its source.json lists the names.',
				[
					'warn: 4 of 10 rows of my-shop are used by no statement; lake_unused keeps them. The first:',
					'  export-1.csv line 7',
					'  export-1.csv line 8: the header has 7 columns, this line 2',
					'  export-2.csv line 7',
					'  export-2.csv line 8: the header has 7 columns, this line 2',
				].join('\n'),
			]);
			await expect(ingestBatch(context, { batch: 'x', maxRejected: 1, map })).rejects.toThrow(
				/^There is no file for source \(export\*\.csv\) of my-shop\. There are no files\. Name the files with --source/,
			);
			await expect(ingestBatch(context, { batch: 'x', maxRejected: 1, map: 's3://lake/none/' })).rejects.toThrow(
				'--map s3://lake/none/: there is no source, neither source.json nor a file that ends in .sql.',
			);
		} finally {
			await dispose();
		}
	});
});
