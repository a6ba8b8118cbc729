import { gzipSync } from 'node:zlib';
import { csvOrder, type Files, ingestFiles, ingestRefusal, orderCsv } from './ingest-files';

const allMissing = 'no column order_id, user_id, order_date, total_amount, status for orders';

test.each<[string, Files, string]>([
	[
		'a header of other names',
		{ 'orders.csv': 'id,amount\n1,2\n' },
		`in/orders.csv has ${allMissing}; its header is 'id,amount'. Put a header with the contract’s names in its first line, or map other names with --map. The batch is not published.`,
	],
	[
		'a header that lacks one column',
		{ 'orders.csv': 'order_id,user_id,order_date,status\n1,2,2026-11-20,pending\n' },
		`in/orders.csv has no column total_amount for orders; its header is 'order_id,user_id,order_date,status'. Put a header with the contract’s names in its first line, or map other names with --map. The batch is not published.`,
	],
	[
		'semicolons, and other names',
		{ 'orders.csv': 'id;amount;net,gross\n1;2;3\n' },
		`in/orders.csv has ${allMissing}; its header is 'id,amount,net,gross'. Put a header with the contract’s names in its first line, or map other names with --map. The batch is not published.`,
	],
	[
		'a column that stands twice',
		{ 'orders.csv': orderCsv(csvOrder).replace('status', 'user_id') },
		"in/orders.csv has the column 'user_id' twice in its header. The batch is not published.",
	],
	[
		'nothing at all',
		{ 'orders.csv': '' },
		'in/orders.csv is empty. Send the file again, or leave it out. The batch is not published.',
	],
	[
		'blank lines only',
		{ 'orders.csv': '\n  \n\n' },
		'in/orders.csv has only blank lines, not even a header. Send the file again, or leave it out. The batch is not published.',
	],
	[
		'blanks without a line end',
		{ 'orders.csv': '   ' },
		'in/orders.csv has only blank lines, not even a header. Send the file again, or leave it out. The batch is not published.',
	],
	[
		'a byte order mark only',
		{ 'orders.csv': '\ufeff' },
		'in/orders.csv has only blank lines, not even a header. Send the file again, or leave it out. The batch is not published.',
	],
	[
		'a quote that never ends',
		{
			'orders.csv': orderCsv(
				csvOrder,
				'',
				'"o\n2",u1,2026-11-20,1.00,pending',
				'"o3,u1,2026-11-20,1.00,pending',
				csvOrder,
				csvOrder,
			),
		},
		'in/orders.csv has a quoted value that never ends, in the record on line 6. Close the quote and send the file again. The batch is not published.',
	],
	[
		'a quote that ends millions of characters later',
		{
			'orders.csv': orderCsv(
				csvOrder,
				'"o2,u1,2026-11-20,1.00,pending',
				...Array(80_000).fill(csvOrder),
				'o3",u1,2026-11-20,1,pending',
			),
		},
		'in/orders.csv has a record of more than 2000000 characters on line 3. If a quote is open there, close it. The batch is not published.',
	],
	[
		'a text that is not UTF-8',
		{ 'orders.csv': Buffer.from(orderCsv(csvOrder, csvOrder.replace('u1', 'Zoë')), 'latin1') },
		"in/orders.csv is not UTF-8 (line 3). It looks like windows-1252, in which a word there is 'Zoë'. Save it as UTF-8 and send it again, or name its encoding: ingest --encoding windows-1252. The batch is not published.",
	],
])('%s: the file is refused', async (_, files, message) => {
	expect(await ingestRefusal(files)).toEqual({ exitCode: 65, message, stored: [] });
});

test('a header alone is a file without records', async () => {
	const { outcome, bronze } = await ingestFiles({ 'orders.csv': orderCsv() });
	expect(outcome).toMatchObject({ status: 'published', received: 0, rejected: 0 });
	expect(bronze).toEqual([]);
});

test.each([
	['\n', 'Unix'],
	['\r\n', 'Windows'],
])('quoted values hold line breaks, commas and quotes; lines end with %j', async (lineEnd) => {
	const text = `\ufeff${orderCsv('"o\n1","u,""1""",2026-11-20,1.00,pending', '', csvOrder, 'o2,u1,2026-11-20,ten,pending')}`;
	const { bronze, quarantine, raw } = await ingestFiles({ 'orders.csv': text.replaceAll('\n', lineEnd) });
	expect(bronze).toEqual([
		{
			_file: 0,
			_line: 2,
			order_id: `o${lineEnd}1`,
			user_id: 'u,"1"',
			order_date: '2026-11-20 00:00:00',
			total_amount: '1.00',
			status: 'pending',
			_extra: null,
			_raw: `"o${lineEnd}1","u,""1""",2026-11-20,1.00,pending`,
		},
		{
			_file: 0,
			_line: 5,
			order_id: 'o1',
			user_id: 'u1',
			order_date: '2026-11-20 00:00:00',
			total_amount: '1.00',
			status: 'pending',
			_extra: null,
			_raw: null,
		},
	]);
	expect(quarantine).toEqual([
		"orders.csv:6 type: total_amount is 'ten', not a decimal number of at most 10 digits before the point, such as 12.50",
	]);
	expect(raw).toEqual(['o2,u1,2026-11-20,ten,pending']);
});

test('a thousand orders of which ten lines end otherwise are a thousand records', async () => {
	const orders = Array.from({ length: 1000 }, (_, n) => `"o${n}","u1",2026-11-20,"1.00",pending`);
	const ends = (n: number) => (n % 100 === 7 ? '\n' : n % 100 === 50 ? '\r' : '\r\n');
	const text = `${orderCsv().trim()}\r\n${orders.map((order, n) => `${order}${ends(n)}`).join('')}`;
	const { outcome, bronze } = await ingestFiles({ 'orders.csv': text });
	expect(outcome).toMatchObject({ received: 1000, rejected: 0 });
	expect(bronze.map(({ order_id, _line }) => [order_id, _line])).toEqual(orders.map((_, n) => [`o${n}`, n + 2]));
});

test('a file whose lines end with carriage returns only is read, however long', async () => {
	const text = orderCsv(...Array<string>(10_000).fill(csvOrder)).replaceAll('\n', '\r');
	const { outcome, bronze } = await ingestFiles({ 'orders.csv': text });
	expect(outcome).toMatchObject({ received: 10_000, rejected: 0 });
	expect(bronze.at(-1)).toMatchObject({ _line: 10_001, order_id: 'o1', status: 'pending' });
});

test('two million blank lines and lines of blanks between records are no trouble', async () => {
	const blank = '\n   \r\n'.repeat(1_000_000);
	const gzip = gzipSync(`${orderCsv(csvOrder)}${blank}${csvOrder}\n`);
	const { outcome, bronze } = await ingestFiles({ 'orders.csv.gz': gzip });
	expect(outcome).toMatchObject({ received: 2, rejected: 0 });
	expect(bronze.map(({ _line }) => _line)).toEqual([2, 2_000_003]);
});

test('a column keeps its value whatever it is called', async () => {
	const text = orderCsv(csvOrder).replace('status', 'status,__proto__,constructor').replace('pending', 'pending,x,y');
	const { bronze } = await ingestFiles({ 'orders.csv': text });
	expect(Object.entries(bronze[0]?._extra ?? {})).toEqual([
		['__proto__', 'x'],
		['constructor', 'y'],
	]);
});

test('blank lines are not records, also where they hold blanks', async () => {
	const { outcome, bronze } = await ingestFiles({
		'orders.csv': `\n${orderCsv('', csvOrder, '   ', '\t', csvOrder)}\n`,
	});
	expect(outcome).toMatchObject({ received: 2, rejected: 0 });
	expect(bronze.map(({ _line }) => _line)).toEqual([4, 7]);
});

test('a misplaced quote or another number of values spoils its own line only', async () => {
	const { outcome, bronze, quarantine, raw } = await ingestFiles({
		'orders.csv': orderCsv(
			csvOrder.replace('o1', 'o"1'),
			csvOrder,
			csvOrder.replace('o1', '"o1"x'),
			'o1,u1,2026-11-20,1.00',
			`${csvOrder},more`,
			csvOrder,
		),
	});
	expect(outcome).toMatchObject({ received: 6, rejected: 4 });
	expect(bronze.map(({ _line }) => _line)).toEqual([3, 7]);
	expect(quarantine).toEqual([
		'orders.csv:2 unparsable: a quote is misplaced',
		'orders.csv:4 unparsable: a quote is misplaced',
		'orders.csv:5 unparsable: the header has 5 columns, this line 4',
		'orders.csv:6 unparsable: the header has 5 columns, this line 6',
	]);
	expect(raw[0]).toBe('o"1,u1,2026-11-20,1.00,pending');
});

test('a record of very many characters, each of which JSON has to escape, arrives whole', async () => {
	// In JSON each of them has six characters, and stands there twice: in the value, and in the record's own text.
	const note = '\x02'.repeat(1_450_000);
	const { outcome, bronze } = await ingestFiles({
		'orders.csv': `order_id,user_id,order_date,total_amount,status,note\n${csvOrder},${note}\n${csvOrder},short\n`,
	});
	expect(outcome).toMatchObject({ received: 2, rejected: 0 });
	expect(bronze.map(({ _line, _extra }) => [_line, (_extra as { note: string }).note.length])).toEqual([
		[2, note.length],
		[3, 5],
	]);
});
