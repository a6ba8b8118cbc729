import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import parquet from 'parquetjs-lite';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';
import { MemoryStore } from '../../../support/memory-store';
import { cleaned, ingestFiles, ingestRefusal } from './ingest-files';

let folder: string;
let duckdb: DuckDb;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-parquet-'));
	duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 1, scratch: folder });
});
afterAll(async () => {
	duckdb.close();
	await rm(folder, { recursive: true });
});

type Schema = ConstructorParameters<typeof parquet.ParquetSchema>[0];
async function byParquetjs(schema: Schema, rows: readonly Readonly<Record<string, unknown>>[]): Promise<Buffer> {
	const path = join(folder, 'parquetjs.parquet');
	const writer = await parquet.ParquetWriter.openFile(new parquet.ParquetSchema(schema), path);
	for (const row of rows) await writer.appendRow(row);
	await writer.close();
	return readFile(path);
}

async function byDuckDb(select: string): Promise<Buffer> {
	const path = join(folder, 'duckdb.parquet');
	await duckdb.execute(`copy (${select}) to '${path}' (format parquet)`);
	return readFile(path);
}

const utf8 = { type: 'UTF8' };
const row = { user_id: 'u1', status: 'pending' };

test('parquetjs-lite writes amounts as numbers and dates as dates', async () => {
	const store = new MemoryStore();
	const file = await byParquetjs(
		{
			order_id: { type: 'INT64' },
			user_id: utf8,
			order_date: { type: 'DATE' },
			total_amount: { type: 'DOUBLE' },
			status: { ...utf8, compression: 'GZIP' },
			tags: { ...utf8, repeated: true },
		},
		[
			{
				...row,
				order_id: 7,
				order_date: new Date('2026-11-20'),
				total_amount: 2.675,
				tags: ['a', 'b'],
			},
			{ ...row, order_id: 8, order_date: new Date('2026-11-19'), total_amount: 0.1, tags: [] },
			{ ...row, order_id: 9, order_date: new Date('2026-11-20'), total_amount: -1 },
			{ ...row, order_id: 10, order_date: new Date('2026-11-20'), total_amount: 1, status: 'gone' },
		],
	);
	const { outcome, bronze, quarantine } = await ingestFiles({ 'orders.parquet': file }, {}, store);
	expect(outcome).toMatchObject({ received: 4, rejected: 2 });
	expect(bronze[0]).toMatchObject({ _file: 0, _line: 1, _extra: { tags: ['a', 'b'] } });
	expect(quarantine).toEqual([
		"orders.parquet:3 range: total_amount is '-1.0', less than 0",
		"orders.parquet:4 enum: status is 'gone', not one of pending, completed, returned, cancelled",
	]);
	expect(await cleaned(store, 'orders')).toEqual([
		{ ...row, order_id: '7', order_date: '2026-11-20', total_amount: '2.68' },
		{ ...row, order_id: '8', order_date: '2026-11-19', total_amount: '0.10' },
	]);
});

test('parquetjs-lite writes amounts and dates as text, and text without saying so', async () => {
	const store = new MemoryStore();
	const file = await byParquetjs(
		{ order_id: utf8, user_id: { type: 'BYTE_ARRAY' }, order_date: utf8, total_amount: utf8, status: utf8 },
		[
			{
				...row,
				order_id: ' o1 ',
				user_id: Buffer.from('Zoë'),
				order_date: '2026-11-20T01:00:00+02:00',
				total_amount: '2.005',
			},
		],
	);
	await ingestFiles({ 'orders.parquet': file }, {}, store);
	expect(await cleaned(store, 'orders')).toEqual([
		{ order_id: 'o1', user_id: 'Zoë', order_date: '2026-11-19', total_amount: '2.01', status: 'pending' },
	]);
});

test('parquetjs-lite writes moments, and leaves optional values out', async () => {
	const store = new MemoryStore();
	const event = {
		event_type: 'purchase',
		user_id: 'u1',
		product_id: 'p1',
		event_time: new Date('2026-11-20T10:00:00.123Z'),
	};
	const file = await byParquetjs(
		{
			event_id: { type: 'INT32' },
			event_type: utf8,
			user_id: utf8,
			product_id: utf8,
			event_time: { type: 'TIMESTAMP_MILLIS' },
			quantity: { type: 'INT32', optional: true },
			price: { type: 'FLOAT', optional: true },
		},
		[
			{ ...event, event_id: 1, quantity: 2, price: 12.5 },
			{ ...event, event_id: 2 },
		],
	);
	await ingestFiles({ 'events.parquet': file }, {}, store);
	const typed = { event_type: 'purchase', user_id: 'u1', product_id: 'p1', session_id: null, event_date: '2026-11-20' };
	const event_time = '2026-11-20T10:00:00.123000Z';
	expect(await cleaned(store, 'events')).toEqual([
		{ ...typed, event_id: '1', event_time, quantity: 2, price: '12.50' },
		{ ...typed, event_id: '2', event_time, quantity: null, price: null },
	]);
});

test('exact decimals, times with a zone and values of other kinds come through', async () => {
	const store = new MemoryStore();
	const file = await byDuckDb(`
		select 12345678901234567890::ubigint as order_id, 'u1' as user_id, 'pending' as status,
			timestamptz '2026-11-20 23:30:00-02' as order_date, 10.555::decimal(38,10) as total_amount,
			'\\xAA\\x00'::blob as image, 'nan'::double as score, {'a': [1, null]} as nested, 77 as _line`);
	const { bronze } = await ingestFiles({ 'orders.parquet': file }, {}, store);
	expect(bronze).toMatchObject([
		{ _file: 0, _line: 1, _extra: { _line: 77, image: '\\xAA\\x00', score: 'nan', nested: { a: [1, null] } } },
	]);
	expect(await cleaned(store, 'orders')).toEqual([
		{ ...row, order_id: '12345678901234567890', order_date: '2026-11-21', total_amount: '10.56' },
	]);
});

test('a whole number is an id whatever the column’s type: pandas makes doubles of a column with gaps', async () => {
	const store = new MemoryStore();
	const columns = (id: string) => `${id} as order_id, ${id} as user_id, '2026-11-20' as order_date, 1 as total_amount`;
	const rows = [
		`5001::double`,
		`5002::float`,
		`5003::decimal(10,2)`,
		`5004.50::decimal(10,2)`,
		`5005::hugeint`,
		`'5006.0'`,
	];
	for (const [place, id] of rows.entries()) {
		const file = await byDuckDb(`select ${columns(id)}, 'pending' as status`);
		await ingestFiles({ 'orders.parquet': file }, { batch: `b${place}` }, store);
	}
	const ids = ['5001', '5002', '5003', '5004.5', '5005', '5006.0'];
	const batches = rows.map((_, place) => `b${place}`);
	expect((await cleaned(store, 'orders', batches)).map(({ order_id, user_id }) => [order_id, user_id])).toEqual(
		ids.map((id) => [id, id]),
	);
	const lost = await byDuckDb(`select ${columns('9007199254740991::double')}, 'pending' as status
		union all by name select ${columns('9007199254740993::double')}, 'pending' as status`);
	const { bronze, quarantine } = await ingestFiles({ 'orders.parquet': lost });
	expect(bronze.map(({ order_id }) => order_id)).toEqual(['9007199254740991']);
	expect(quarantine).toEqual([
		"orders.parquet:2 type: order_id is '9007199254740992', a floating-point number of more than 2^53, whose last digits are lost: write ids as text or whole numbers",
	]);
	const gap = await byDuckDb(`select ${columns('null::double')}, 'pending' as status`);
	expect((await ingestFiles({ 'orders.parquet': gap })).quarantine).toEqual([
		'orders.parquet:1 missing: order_id is absent or empty',
	]);
});

test('NaN and infinity in nested columns of no contract reject no record, and are kept as words', async () => {
	const file = await byDuckDb(`
		select 'o1' as order_id, 'u1' as user_id, 'pending' as status, '2026-11-20' as order_date, 1 as total_amount,
			{'a': ['nan'::double, 1.5], 'b': 'say "NaN"'} as s, map {'k': '-inf'::float} as m, [['inf'::double]] as l,
			2 as __proto__, 3 as constructor`);
	const { bronze, quarantine } = await ingestFiles({ 'orders.parquet': file });
	expect(quarantine).toEqual([]);
	expect(bronze).toMatchObject([
		{ _extra: { s: { a: ['NaN', 1.5], b: 'say "NaN"' }, m: { k: '-Infinity' }, l: [['Infinity']], constructor: 3 } },
	]);
	expect(Object.getOwnPropertyDescriptor(bronze[0]?._extra, '__proto__')?.value).toBe(2);
});

test('a file without rows holds no records', async () => {
	const none = await byDuckDb(
		`select '' as order_id, '' as user_id, '' as order_date, '' as total_amount, '' as status where false`,
	);
	const { outcome } = await ingestFiles({ 'orders.parquet': none });
	expect(outcome).toMatchObject({ status: 'published', received: 0, rejected: 0 });
});

test('a file that is cut off, or lacks a column, is refused', async () => {
	const file = await byDuckDb('select 1 as order_id from range(1000)');
	expect(await ingestRefusal({ 'orders.parquet': file })).toEqual({
		exitCode: 65,
		message:
			"in/orders.parquet has no column user_id, order_date, total_amount, status for orders; its header is 'order_id'. Put a header with the contract’s names in its first line, or map other names with --map. The batch is not published.",
		stored: [],
	});
	const { message, ...rest } = await ingestRefusal({ 'orders.parquet': file.subarray(0, file.length - 10) });
	expect(message).toMatch(/^in\/orders\.parquet is not a valid Parquet file \(.*\)\. The batch is not published\.$/);
	expect(rest).toEqual({ exitCode: 65, stored: [] });
});

test('a file that is damaged further in is refused', async () => {
	const file = await byDuckDb(`
		select cast(range as varchar) as order_id, 'u1' as user_id, '2026-11-20' as order_date, range as total_amount, 'pending' as status
		from range(5000)`);
	file.fill(0xff, 100, 2000);
	const { message, ...rest } = await ingestRefusal({ 'orders.parquet': file });
	expect(message).toMatch(/^in\/orders\.parquet is not a valid Parquet file \(.*\)\. The batch is not published\.$/);
	expect(rest).toEqual({ exitCode: 65, stored: [] });
});

test('a file of very many equal rows, which takes next to no space, is ingested in pieces', async () => {
	const rows = 50_000;
	const file = await byDuckDb(
		`select 'o1' as order_id, 'u1' as user_id, date '2026-11-20' as order_date, 1.5 as total_amount, 'pending' as status,
			repeat('x', 700) as note from range(${rows})`,
	);
	const store = new MemoryStore();
	const { outcome, bronze } = await ingestFiles({ 'orders.parquet': file }, {}, store);
	expect(outcome).toMatchObject({ received: rows, rejected: 0 });
	expect(store.keys('bronze/').length).toBeGreaterThan(1);
	expect(bronze.findIndex(({ _line }, index) => _line !== index + 1)).toBe(-1);
});

test('a row that is longer than a line may be is refused', async () => {
	const file = await byDuckDb(
		`select 'o' || range as order_id, 'u1' as user_id, date '2026-11-20' as order_date, 1.5 as total_amount,
			'pending' as status, if(range = 70, repeat('x', 17 * 1024 * 1024), '') as note from range(100)`,
	);
	expect(await ingestRefusal({ 'orders.parquet': file })).toEqual({
		exitCode: 65,
		message:
			'in/orders.parquet has more than 16 MiB of JSON in row 71. Shorten its values. The batch is not published.',
		stored: [],
	});
});
