import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { inspectText } from '../../../../tasks/commands/inspect-text';
import { createContext } from '../../../../tasks/context';
import {
	type InspectedFile,
	type InspectOptions,
	inspectFiles,
	type PreviewedSource,
} from '../../../../tasks/pipeline/inspect';
import { inContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { csvOrder, orderCsv, orderLine } from '../bronze/ingest-files';

const presets = {
	'presets/shopify/source.json': JSON.stringify({
		title: 'Shopify: orders export',
		files: { source: { match: ['orders_export*.csv', '*.csv'], columns: ['Name', 'Email', 'Lineitem name'] } },
	}),
	'presets/shopify/orders.sql':
		'-- A row is an order.\n-- Inputs: source.\nselect "Name" as order_id, "Email" as user_id, \'2026-11-20\' as order_date, \'1.00\' as total_amount, "Lineitem name" as status, _file, _line from source where "Name" <> \'none\'',
	'presets/olist/source.json': JSON.stringify({
		title: 'Olist',
		files: { orders: { match: ['olist_orders*.csv'], columns: ['order_id', 'customer_id'] } },
	}),
	'presets/amazon/source.json': JSON.stringify({
		title: 'Amazon',
		files: {
			source: { match: ['*.txt'], format: 'csv', delimiter: '\t', quote: 'none', columns: ['order-id', 'note'] },
		},
	}),
	'presets/amazon/orders.sql':
		"-- A row is an order.\n-- Inputs: source.\nselect \"order-id\" as order_id, note as user_id, '2026-11-20' as order_date, 1 as total_amount, 'pending' as status, _file, _line from source",
	'presets/olist/orders.sql': '-- A row is an order.\n-- Inputs: orders.\nselect *, _file, _line from orders',
};

/** Inspects files, with presets beside them. */
async function inspected(content: Readonly<Record<string, string | Buffer>>, given: Partial<InspectOptions> = {}) {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-inspect-'));
	try {
		for (const [path, text] of Object.entries({ ...presets, ...content })) {
			await mkdir(dirname(join(folder, path)), { recursive: true });
			await writeFile(join(folder, path), text);
		}
		const files = Object.keys(content).map((name) => join(folder, name));
		const store = new MemoryStore();
		const outcome = await inContext({ store }, (context) =>
			inspectFiles(context, { files, ...given, presets: join(folder, 'presets'), asOf: '2026-11-20' }),
		);
		expect(store.keys()).toEqual([]);
		return {
			files: outcome.files as readonly InspectedFile[],
			exports: outcome.exports as readonly PreviewedSource[],
			next: (outcome.next as readonly string[]).map((command) => command.replaceAll(`${folder}/`, '')),
			text: inspectText(outcome).replaceAll(`${folder}/`, ''),
		};
	} finally {
		await rm(folder, { recursive: true });
	}
}

test('a file of a dataset: what it is, how its records would land, and what would be rejected', async () => {
	const csv = orderCsv(csvOrder, csvOrder.replace('o1', 'o2').replace('pending', 'lost'), `${csvOrder},x`);
	const { files, next } = await inspected({
		'orders.csv': Buffer.from(`\ufeff${csv.replaceAll(',', ';')}`, 'utf16le'),
	});
	expect(files).toEqual([
		{
			file: 'orders.csv',
			format: 'csv',
			encoding: 'utf-16le',
			delimiter: ';',
			rows: 3,
			columns: [
				{ column: 'order_id', type: 'text', empty: 0, examples: ['o1', 'o2'] },
				{ column: 'user_id', type: 'text', empty: 0, examples: ['u1'] },
				{ column: 'order_date', type: 'date', empty: 0, examples: ['2026-11-20'] },
				{ column: 'total_amount', type: 'decimal number', empty: 0, examples: ['1.00'] },
				{ column: 'status', type: 'text', empty: 0, examples: ['pending', 'lost'] },
			],
			match: {
				...{ kind: 'dataset', name: 'orders', fits: true, lacks: [] },
				has: ['order_id', 'user_id', 'order_date', 'total_amount', 'status'],
			},
			landing: {
				...{ accepted: 1, rejected: 2, rejected_by_rule: { unparsable: 1, enum: 1 } },
				examples: [
					{ line: 3, rule: 'enum', message: "status is 'lost', not one of pending, completed, returned, cancelled" },
					{ line: 4, rule: 'unparsable', message: 'the header has 5 columns, this line 6' },
				],
				first: [expect.objectContaining({ line: 2, order_id: 'o1', total_amount: '1.00' })],
			},
		},
	]);
	expect(next).toEqual(['shoplake run --batch my-first --source orders.csv --max-rejected 67%']);
});

test.each<[string, Readonly<Record<string, string>>, string]>([
	['whose name says its dataset', { 'orders-1.ndjson': orderLine() }, '--source orders-1.ndjson'],
	['whose name does not', { 'sales of may.json': `[${orderLine()}]` }, "--source 'sales of may.json' --dataset orders"],
	[
		'of a preset',
		{ 'orders_export.csv': 'Name,Email,Lineitem name\n#1,a,pending\n' },
		'--source orders_export.csv --from shopify',
	],
])('a file %s: the command to run next', async (_, content, flags) => {
	expect((await inspected(content)).next).toEqual([`shoplake run --batch my-first ${flags}`]);
});

test('the encoding, the delimiter and the decimal sign that were named stand in the command to run next', async () => {
	const csv = Buffer.from(orderCsv(csvOrder.replace('u1', 'Zoë')).replaceAll(',', '|'), 'latin1');
	const { next } = await inspected(
		{ 'orders.csv': csv },
		{
			reading: { encoding: 'windows-1252', delimiter: '|' },
			decimal: '.',
		},
	);
	expect(next).toEqual([
		"shoplake run --batch my-first --source orders.csv --encoding windows-1252 --delimiter '|' --decimal .",
	]);
});

test.each<[string, string, string, string]>([
	[
		'commas before decimal places',
		'orders.csv',
		orderCsv('o1;u1;2026-11-20;1.234,50;pending').replaceAll(/,(?!\d\d;)/g, ';'),
		',',
	],
	['commas between thousands', 'orders.csv', orderCsv('o1,u1,2026-11-20,"1,234.50",pending'), '.'],
])('a file with %s: the next thing is to inspect it with that decimal sign', async (_, name, content, sign) => {
	expect((await inspected({ [name]: content })).next).toEqual([`shoplake inspect ${name} --decimal ${sign}`]);
	const { next } = await inspected({ [name]: content }, { decimal: sign === ',' ? ',' : '.' });
	expect(next).toEqual([`shoplake run --batch my-first --source ${name} --decimal ${sign}`]);
});

test.each<[string, string]>([
	['no date is ISO', csvOrder.replace('2026-11-20', '11/20/2026')],
	['only the sender knows what a comma means', csvOrder.replace('1.00', '"1,234"')],
])('a file of which every record would be rejected because %s: no command loads it', async (_, order) => {
	expect((await inspected({ 'orders.csv': orderCsv(order) })).next).toEqual([]);
});

test('a dataset that is given is the only one that counts', async () => {
	const item = '{"order_id":"o1","product_id":"p1","quantity":1,"unit_price":1}';
	const { files, next } = await inspected({ 'order_items.ndjson': item }, { dataset: 'orders' });
	expect(files[0]?.match).toMatchObject({ name: 'orders', fits: false, has: ['order_id'] });
	expect(next).toEqual([]);
});

test('files that go together are run together, others one by one', async () => {
	const { next } = await inspected({
		'orders.ndjson': orderLine(),
		'products.csv': 'product_id,category,name,price\np1,c,n,1\n',
		'x.csv': 'Name,Email,Lineitem name\n#1,a,pending\n',
	});
	expect(next).toEqual([
		'shoplake run --batch my-first-1 --source orders.ndjson --source products.csv',
		'shoplake run --batch my-first-2 --source x.csv --from shopify',
	]);
});

test.each<[string, string, string, string]>([
	[
		'lacks a column of a dataset',
		'a.csv',
		orderCsv(csvOrder).replace('status', 'state'),
		'It comes closest to the dataset orders, but it lacks status.\nIf it has these under other names, say so in a file for --map, such as {"orders":{"columns":{"status":"…"}}}',
	],
	[
		'lacks a column of a preset',
		'a.csv',
		'Name,Email,x\n1,2,3\n',
		'It comes closest to the preset shopify (Shopify: orders export), as its source, but it lacks Lineitem name.',
	],
	[
		'has another name than its preset expects',
		'a.csv',
		'order_id,customer_id\n1,2\n',
		'It comes closest to the preset olist (Olist), as its orders, but its name would have to be like olist_orders*.csv.',
	],
	[
		'has no column that anything needs',
		'a.csv',
		'x,y\n1,2\n',
		'It fits no dataset and no preset: no column has a name that one of them needs.',
	],
	[
		'has the columns of a dataset in upper and lower case',
		'a.csv',
		'Order_ID,User_ID,Order_Date,Total_Amount,Status\n1,2,2026-11-20,1,pending\n',
		'It comes closest to the dataset orders, but it lacks order_id, user_id, order_date, total_amount, status.\nIf it has these under other names',
	],
	['has a header only', 'orders.csv', orderCsv(), 'orders.csv: it has no records, at most a header.'],
	['can’t be read', 'orders.csv', '', 'orders.csv: it is empty. Send the file again, or leave it out.'],
])('a file that %s: the text says so, and names no command', async (_, name, content, words) => {
	const { text, next } = await inspected({ [name]: content });
	expect(text).toContain(words);
	expect(next).toEqual([]);
	expect(text).toContain('Nothing to run yet.');
});

test('files that fit a preset: what its statements would make of them, which rows are unused, what would be rejected', async () => {
	const { files, exports, text, next } = await inspected({
		'orders_export_1.csv': 'Name,Email,Lineitem name\n#1,a,pending\nnone,b,x\n#3,c,lost\n',
		'orders_export_2.csv': 'Name,Email,Lineitem name\n#4,d,completed\n',
	});
	expect(files.map(({ match, landing }) => [match?.name, landing])).toEqual([
		['shopify', undefined],
		['shopify', undefined],
	]);
	expect(exports).toEqual([
		{
			preset: 'shopify',
			files: ['orders_export_1.csv', 'orders_export_2.csv'],
			rows: 4,
			unused: 1,
			unused_rows: [{ file: 'orders_export_1.csv', line: 3 }],
			datasets: [
				{
					...{ dataset: 'orders', accepted: 2, rejected: 1, rejected_by_rule: { enum: 1 } },
					examples: [expect.objectContaining({ rule: 'enum', file: 'orders_export_1.csv', line: 4 })],
					first: [
						expect.objectContaining({ line: 2, order_id: '#1', user_id: 'a', status: 'pending' }),
						expect.objectContaining({ line: 2, order_id: '#4', user_id: 'd', status: 'completed' }),
					],
				},
			],
		},
	]);
	expect(text).toContain('1 of 4 rows would be unused, such as orders_export_1.csv line 3.');
	expect(next).toEqual([
		'shoplake run --batch my-first --source orders_export_1.csv --source orders_export_2.csv --from shopify --max-rejected 34%',
	]);
});

test.each<[string, (text: string) => string | Buffer]>([
	['all-orders.txt', (text) => text],
	['all-orders.txt.gz', gzipSync],
])(
	'%s, whose ending says nothing of its format, is read as the preset says that takes its name',
	async (name, write) => {
		const content = write('order-id\tnote\n#1\ta "quoted" word\n');
		const { files, exports, next } = await inspected({ [name]: content });
		expect(files).toMatchObject([{ file: name, format: 'csv', match: { name: 'amazon', fits: true } }]);
		expect(exports).toMatchObject([{ datasets: [{ accepted: 1, first: [{ user_id: 'a "quoted" word' }] }] }]);
		expect(next).toEqual([`shoplake run --batch my-first --source ${name} --from amazon`]);
	},
);

test('a preset that can’t be computed on its files: the text says why', async () => {
	const { exports, text } = await inspected({ 'olist_orders.csv': 'order_id,customer_id\n1,2\n' });
	expect(exports).toEqual([{ preset: 'olist', files: ['olist_orders.csv'], fault: expect.any(String) }]);
	expect(text).toContain('olist_orders.csv by the preset olist: olist/orders.sql gives no column user_id');
});

test('what the values of a column look like', async () => {
	const columns = {
		whole: ['1', '-20'],
		decimal: ['1.5', '2'],
		comma: ['1.234,50', '3'],
		thousands: ['1,234.50', '3'],
		unclear: ['1,234', '3'],
		currency: ['€ 12,50', '3 $'],
		date: ['2026-11-20', '2026-01-01'],
		time: ['2026-11-20T10:00:00Z', '2026-01-01'],
		local: ['20.11.2026', '1.1.26 10:00'],
		flag: ['TRUE', 'no'],
		words: ['a', '1'],
		none: ['', ' '],
	};
	const rows = [0, 1].map((row) =>
		JSON.stringify(Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[row]]))),
	);
	const { files } = await inspected({
		'x.ndjson': `${rows.join('\n')}\n{"nested":{"a":1},"list":[1,"x"],"id":12345678901234567890123}`,
	});
	const types = Object.fromEntries((files[0]?.columns ?? []).map(({ column, type, empty }) => [column, [type, empty]]));
	expect(types).toEqual({
		whole: ['whole number', 1],
		decimal: ['decimal number', 1],
		comma: ['number with a decimal comma', 1],
		thousands: ['number with thousands separators', 1],
		unclear: ['number with a comma', 1],
		currency: ['amount with a currency sign', 1],
		date: ['date', 1],
		time: ['time', 1],
		local: ['date that is not ISO', 1],
		flag: ['true or false', 1],
		words: ['text', 1],
		none: ['nothing', 3],
		nested: ['object', 2],
		list: ['list', 2],
		id: ['whole number', 2],
	});
	expect(files[0]?.columns?.at(-1)?.examples).toEqual(['12345678901234567890123']);
});

test('records that are not JSON objects are counted, and have no columns', async () => {
	const { files } = await inspected({ 'x.ndjson': `nonsense\n[1]\n{"a":1}\n${'['.repeat(5000)}\n` });
	expect(files).toMatchObject([{ rows: 4, columns: [{ column: 'a', empty: 0 }] }]);
});

test('no lake is needed: a task without any setting inspects files', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-inspect-'));
	const { context, dispose } = createContext({
		...{ task: 'inspect', verbose: false, env: {}, signal: new AbortController().signal },
	});
	try {
		await writeFile(join(folder, 'orders.ndjson'), orderLine());
		const { files } = await inspectFiles(context, { files: [folder] });
		expect(files).toMatchObject([{ rows: 1, landing: { accepted: 1 } }]);
	} finally {
		await dispose();
		await rm(folder, { recursive: true });
	}
});
