import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { query } from '../../../tasks/query';
import { csv } from '../../support/aws-file-drop';
import { testContext } from '../../support/context';
import { createMemoryDrop } from './memory-drop';

const few = { MIN_ORDER_FILES: '1', MIN_ITEM_FILES: '1', MIN_PRODUCT_FILES: '1' };
const sound = {
	'orders_1.csv': csv.orders('O-1,U-1,2026-11-20,1.00,completed'),
	'order_items_1.csv': csv.items('O-1,P-1,1,1.00'),
	'products.csv': csv.products('P-1,Toys,Ball,1.00'),
};

async function validated(files: Readonly<Record<string, string | Buffer>>, onInvalid: 'fail' | 'quarantine' = 'fail') {
	const lab = createMemoryDrop(few);
	lab.drop({ ...sound, ...files });
	const batch = String((await lab.gate()).batch);
	const outcome = await lab.validate(batch, onInvalid).catch((error: Error) => error);
	const report = lab.store.contents(`rejected/${batch}/`)[`rejected/${batch}/report.txt`];
	return { lab, batch, outcome, report };
}

test.each<[string, Readonly<Record<string, string>>]>([
	[
		'reordered columns',
		{ 'orders_1.csv': 'status,order_id,total_amount,user_id,order_date\ncompleted,O-1,1,U-1,2026-11-20\n' },
	],
	['further columns', { 'products.csv': 'colour,product_id,category,name,price\nred,P-1,Toys,Ball,1\n' }],
	['a byte order mark', { 'orders_1.csv': `\ufeff${sound['orders_1.csv']}` }],
	['CRLF', { 'orders_1.csv': sound['orders_1.csv'].replaceAll('\n', '\r\n') }],
	['a quoted line end', { 'products.csv': 'product_id,category,name,price\nP-1,Toys,"Ball,\nred",1\n' }],
	['a header only', { 'orders_2.csv': csv.orders() }],
	['no end of the last line', { 'orders_1.csv': sound['orders_1.csv'].trimEnd() }],
])('%s: the batch is valid, and its files are landed unchanged', async (_, files) => {
	const { lab, batch, outcome, report } = await validated(files);
	expect(outcome).toMatchObject({ status: 'valid', rejected: 0, unknown_references: 0 });
	expect(report).toBeUndefined();
	const landed = Object.entries(lab.lake.contents('landing/'));
	expect(landed.map(([key, text]) => [key.split('/').at(-1), text]).sort()).toEqual(
		Object.entries({ ...sound, ...files }).sort(),
	);
	for (const [key] of landed) expect(key).toContain(`/batch=${batch}/`);
});

test.each<[string, Readonly<Record<string, string>>, string]>([
	[
		'no header',
		{ 'orders_1.csv': 'O-1,U-1,2026-11-20,1.00,completed\n' },
		'orders_1.csv\n  The whole file: it has no column order_id',
	],
	[
		'a column too few',
		{ 'orders_1.csv': 'order_id,user_id\nO-1,U-1\n' },
		'it has no column order_date, total_amount, status',
	],
	[
		'a header that neither commas nor semicolons divide',
		{ 'orders_1.csv': sound['orders_1.csv'].replace(',', ';') },
		'it has no column order_id, user_id for orders',
	],
	['an empty file', { 'orders_2.csv': '' }, 'orders_2.csv\n  The whole file: it is empty.'],
	[
		'an open quote',
		{ 'orders_2.csv': csv.orders('"O-2,U-1') },
		'it has a quoted value that never ends, in the record on line 2',
	],
	[
		'a line with a value too many',
		{ 'orders_2.csv': csv.orders('O-2,U-1,2026-11-20,1.00,completed,x') },
		'line 2: the header has 5 columns, this line 6.',
	],
	['a broken rule', { 'orders_2.csv': csv.orders('O-2,U-1,2026-11-20,-1,completed') }, 'line 2: total_amount is'],
	[
		'a date in the future',
		{ 'orders_2.csv': csv.orders('O-2,U-1,2026-12-24,1,completed') },
		'What to do: correct the date.',
	],
	[
		'an unknown order',
		{ 'order_items_2.csv': csv.items('O-9,P-1,1,1') },
		"line 2: order_id 'O-9' is in no file of this drop",
	],
	[
		'an unknown product',
		{ 'order_items_2.csv': csv.items('O-1,P-9,1,1') },
		"line 2: product_id 'P-9' is in no file of this drop",
	],
	[
		'an order that breaks a rule, whose item nobody knows then',
		{ 'orders_1.csv': csv.orders('O-1,U-1,2026-11-20,x,completed') },
		"order_items_1.csv: 1 of 1 lines name an unknown order or product\n  line 2: order_id 'O-1'",
	],
])('%s: the batch is refused as a whole, and the report says where', async (_, files, words) => {
	const { lab, outcome, report } = await validated(files);
	expect(outcome).toMatchObject({ exitCode: 65 });
	expect(report).toContain(words);
	expect(report).toContain('Nothing was loaded, and the files are where they were.');
	expect(lab.lake.contents('landing/')).toEqual({});
	expect(Object.keys(lab.store.contents('incoming/')).filter((key) => key.endsWith('.csv'))).toHaveLength(
		Object.keys({ ...sound, ...files }).length,
	);
});

test('quarantine loads a batch without its unreadable files, and refuses one without any readable file', async () => {
	const { lab, batch, outcome, report } = await validated({ 'orders_2.csv': '' }, 'quarantine');
	expect(outcome).toMatchObject({ status: 'valid', rejected_files: ['orders_2.csv'], max_rejected: '100%' });
	expect(report).toContain('everything else is loaded');
	expect(lab.store.contents(`rejected/${batch}/`)[`rejected/${batch}/orders_2.csv`]).toBe('');
	const bad = Object.fromEntries(Object.keys(sound).map((name) => [name, 'x\n']));
	const { lab: other, outcome: refused } = await validated(bad, 'quarantine');
	expect(refused).toMatchObject({ exitCode: 65, message: expect.stringContaining('No file of batch') });
	expect(Object.keys(other.store.contents('incoming/')).filter((key) => key.endsWith('.csv'))).toEqual([]);
});

test('a drop in UTF-16, with semicolons, is valid', async () => {
	const text = sound['orders_1.csv'].replaceAll(',', ';');
	const { outcome } = await validated({ 'orders_1.csv': Buffer.from(`\ufeff${text}`, 'utf16le') });
	expect(outcome).toMatchObject({ status: 'valid', received: 3, rejected: 0 });
});

test('the report names Latin-1 and broken gzip as such', async () => {
	const lab = createMemoryDrop(few);
	const whole = gzipSync(sound['orders_1.csv']);
	lab.drop({
		...sound,
		'orders_2.csv': Buffer.from(csv.orders('O-2,Müller,2026-11-20,1,completed'), 'latin1'),
		'orders_3.csv.gz': whole.subarray(0, whole.length - 9),
	});
	const batch = String((await lab.gate()).batch);
	await expect(lab.validate(batch)).rejects.toMatchObject({ exitCode: 65 });
	const report = lab.store.contents('rejected/')[`rejected/${batch}/report.txt`];
	expect(report).toContain(
		"orders_2.csv\n  The whole file: it is not UTF-8 (line 2). It looks like windows-1252, in which a word there is 'Müller'. Save it as UTF-8 and send it again",
	);
	expect(report).toContain('orders_3.csv.gz\n  The whole file: it is cut off');
});

test('text from senders is on one line in the report and the error, with its control characters escaped', async () => {
	const { outcome, report } = await validated({
		'orders_2.csv': csv.orders('O-2,U-1,2026-11-20,1,"done\r\nline 3: all is well"'),
		'orders_3.csv': 'a,"b\x1b\n"\n',
	});
	const value = "line 2: status is 'done\\r\\nline 3: all is well', not one of";
	expect(report).toContain(`  ${value}`);
	expect(report).toContain("its header is 'a,b\\x1b'");
	expect((outcome as Error).message).toContain(`  orders_2.csv ${value}`);
	for (const text of [report, (outcome as Error).message]) expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
});

test('all rejected lines of a refused batch are kept for lake_refused', async () => {
	const lines = Array.from({ length: 60 }, (_, n) => `O-${n},U-1,2026-11-20,x,completed`);
	const files = { 'orders_2.csv': csv.orders(...lines), 'products.csv': csv.products('P-1,Toys,Ball,-1') };
	const { lab, batch } = await validated(files);
	const { context, dispose } = testContext({ store: lab.lake });
	try {
		const sql = join(await context.scratch(), 'q.sql');
		await writeFile(sql, 'select dataset, batch, file, rule, count(*) as n from lake_refused group by all order by 1');
		expect(await query(context, { file: sql, param: [], engine: 'duckdb', format: 'csv' })).toBe(
			`dataset,batch,file,rule,n\r\norders,${batch},orders_2.csv,type,60\r\nproducts,${batch},products.csv,range,1\r\n`,
		);
	} finally {
		await dispose();
	}
	const { lab: rest } = await validated(files, 'quarantine');
	expect(rest.lake.keys('refused/')).toEqual([]);
});

test('a long report shows the first faults of a file, and their number', async () => {
	const lines = Array.from({ length: 200 }, (_, n) => `O-${n},U-1,2026-11-20,x,completed`);
	const { report } = await validated({ 'orders_2.csv': csv.orders(...lines) });
	expect(report).toContain('orders_2.csv: 200 of 200 lines break a rule; the first 50 are\n  line 2: ');
	expect(report?.match(/total_amount is/g)).toHaveLength(50);
});

test('the report puts an unreadable file before the files that refer to it, however many there are', async () => {
	const items = Object.fromEntries(
		[1, 2, 3, 4, 5, 6, 7].map((n) => [`order_items_${n}.csv`, csv.items('O-1,P-1,1,1')]),
	);
	const { outcome, report } = await validated({ ...items, 'orders_1.csv': 'x\n' });
	expect((outcome as Error).message.split('\n')[2]).toContain('orders_1.csv has no column');
	expect(report?.indexOf('orders_1.csv')).toBeLessThan(report?.indexOf('order_items_1.csv') ?? 0);
});

test.each(['fail', 'quarantine'] as const)(
	'a file that S3 would not copy refuses the batch with %s',
	async (onInvalid) => {
		const lab = createMemoryDrop(few);
		lab.drop(sound);
		const batch = String((await lab.gate()).batch);
		const key = `incoming/_batches/${batch}/batch.json`;
		const recorded = JSON.parse(String(lab.store.contents(key)[key]));
		const [first, ...rest] = recorded.files;
		lab.lake.place(key, JSON.stringify({ ...recorded, files: [{ ...first, bytes: 5 * 1024 ** 3 + 1 }, ...rest] }));
		await expect(lab.validate(batch, onInvalid)).rejects.toMatchObject({
			exitCode: 65,
			message: `Batch ${batch}: ${first.name} has more than 5 GiB, the most that S3 copies at once. Send it in parts, or plain files as .csv.gz; nothing is loaded.`,
		});
		expect(lab.lake.contents('landing/')).toEqual({});
		expect(Object.keys(lab.lake.contents('incoming/'))).toEqual(expect.arrayContaining(['incoming/orders_1.csv']));
	},
);

test('archive refuses a batch that is not in the lake', async () => {
	const { lab, batch } = await validated({});
	await expect(lab.archive(batch)).rejects.toMatchObject({
		exitCode: 64,
		message: expect.stringContaining('not in the lake yet'),
	});
	await lab.admit(batch);
	expect(await lab.archive(batch)).toMatchObject({ status: 'archived' });
});

describe('a mapping', () => {
	const german = {
		'orders_1.csv': 'Bestellung,user_id,Datum,total_amount\nO-1,U-1,20.11.2026,1.00\nO-2,U-1,31.02.2026,1.00\n',
	};
	const mapping = {
		orders: {
			columns: { order_id: 'Bestellung', order_date: 'Datum' },
			constants: { status: 'completed' },
			date_format: '%d.%m.%Y',
		},
	};
	async function openedDrop() {
		const lab = createMemoryDrop(few);
		lab.drop({ ...sound, ...german });
		await lab.lake.putText('landing/_mappings/map.json', JSON.stringify(mapping));
		return { lab, batch: String((await lab.gate()).batch) };
	}

	it('names the columns that a file has, and its records are validated as ingest maps them', async () => {
		const { lab, batch } = await openedDrop();
		const outcome = await lab.validate(batch, 'quarantine', 's3://lake/landing/_mappings/map.json');
		expect(outcome).toMatchObject({
			status: 'valid',
			received: 4,
			rejected: 1,
			rejected_files: [],
			unknown_references: 0,
		});
		expect(lab.store.contents(`rejected/${batch}/`)[`rejected/${batch}/report.txt`]).toContain(
			"order_date is '31.02.2026', not a date that exists",
		);
	});

	it('without it the file lacks a column', async () => {
		const { lab, batch } = await openedDrop();
		await expect(lab.validate(batch)).rejects.toThrow('orders_1.csv has no column order_id, order_date, status');
	});

	it('can not be a folder of SQL', async () => {
		const { lab, batch } = await openedDrop();
		await expect(lab.validate(batch, 'fail', 's3://lake/landing/_mappings/')).rejects.toMatchObject({
			exitCode: 64,
			message: expect.stringMatching(
				/^--map s3:\/\/lake\/landing\/_mappings\/ is a folder of SQL, and the file drop takes a/,
			),
		});
	});
});
