import { gzipSync } from 'node:zlib';
import { type Files, ingestFiles, ingestRefusal, orderLine } from './ingest-files';

const many = gzipSync(`${orderLine()}\n`.repeat(2000));
const damaged = Buffer.from(gzipSync(orderLine()));
damaged.writeUInt8(damaged.readUInt8(damaged.length - 6) ^ 255, damaged.length - 6);
const latin1 = Buffer.from(orderLine({ user_id: '"Zoë"' }), 'latin1');

test.each<[string, Files, string]>([
	[
		'a gzip file that is cut off',
		{ 'orders.ndjson.gz': many.subarray(0, many.length - 20) },
		'in/orders.ndjson.gz is cut off: its gzip stream has no end. Send the file again. The batch is not published.',
	],
	[
		'a gzip file that is damaged',
		{ 'orders.ndjson.gz': damaged },
		'in/orders.ndjson.gz is not a valid gzip file (incorrect data check). Send the file again. The batch is not published.',
	],
	[
		'a plain file that is called .gz',
		{ 'orders.ndjson.gz': orderLine() },
		'in/orders.ndjson.gz is not a valid gzip file (incorrect header check). Send the file again. The batch is not published.',
	],
	[
		'an empty file',
		{ 'orders.ndjson': orderLine(), 'products.ndjson': '' },
		'in/products.ndjson is empty. Send the file again, or leave it out. The batch is not published.',
	],
	[
		'a gzip file of nothing',
		{ 'orders.ndjson.gz': gzipSync('') },
		'in/orders.ndjson.gz is empty. Send the file again, or leave it out. The batch is not published.',
	],
	[
		'a file of blank lines',
		{ 'orders.ndjson': '\n  \n\t\n' },
		'in/orders.ndjson has no records, only blank lines. The batch is not published.',
	],
	[
		'a byte order mark only',
		{ 'orders.ndjson': '\ufeff' },
		'in/orders.ndjson has no records, only blank lines. The batch is not published.',
	],
	[
		'a file that is not UTF-8',
		{ 'orders.ndjson': Buffer.concat([Buffer.from(`${orderLine()}\n\n`), latin1]) },
		"in/orders.ndjson is not UTF-8 (line 3). It looks like windows-1252, in which a word there is 'Zoë'. Save it as UTF-8 and send it again, or name its encoding: ingest --encoding windows-1252. The batch is not published.",
	],
	[
		'a line that is too long',
		{ 'orders.ndjson': `${orderLine()}\n${orderLine({ note: `"${'y'.repeat(17 * 1024 ** 2)}"` })}\n` },
		'in/orders.ndjson has a line of more than 16 MiB (line 2). Write a record a line: `jq -c . FILE` does so. The batch is not published.',
	],
])('%s is refused', async (_, files, message) => {
	expect(await ingestRefusal(files)).toEqual({ exitCode: 65, message, stored: [] });
});

test('a byte order mark and Windows line ends are no part of the records', async () => {
	const { bronze, quarantine } = await ingestFiles({
		'orders.ndjson': `\ufeff${orderLine()}\r\n\r\n${orderLine({ order_id: '"o2"' })}\r\n`,
	});
	expect(quarantine).toEqual([]);
	expect(bronze.map(({ order_id, _line }) => [order_id, _line])).toEqual([
		['o1', 1],
		['o2', 3],
	]);
});

test('blank lines are not records, but they are counted as lines', async () => {
	const { outcome, bronze, quarantine } = await ingestFiles({
		'orders.ndjson': `\n${orderLine()}\n\n  \nbroken\n\t\n${orderLine({ order_id: '"o2"' })}`,
	});
	expect(outcome).toMatchObject({ received: 3, rejected: 1 });
	expect(quarantine).toEqual(['orders.ndjson:5 unparsable: the line is not a JSON object']);
	expect(bronze.map(({ _line }) => _line)).toEqual([2, 7]);
});

test.each([
	['one', '\n', 1],
	['one of Windows', '\r\n', 1],
	['very many', '\n', 5_000_000],
])('%s blank line(s) between records are no trouble', async (_, lineEnd, blank) => {
	const { bronze } = await ingestFiles({
		'orders.ndjson': `${orderLine()}${lineEnd}${lineEnd.repeat(blank)}${orderLine({ order_id: '"o2"' })}`,
	});
	expect(bronze.map(({ _line }) => _line)).toEqual([1, 2 + blank]);
});

test('lines end with \\n, \\r\\n or \\r, also mixed', async () => {
	const ids = ['"o1"', '"o2"', '"o3"', '"o4"'];
	const [one, two, three, four] = ids.map((order_id) => orderLine({ order_id }));
	const { outcome, bronze } = await ingestFiles({ 'orders.ndjson': `${one}\r${two}\r\n\r\r${three}\n${four}\r` });
	expect(outcome).toMatchObject({ received: 4, rejected: 0 });
	expect(bronze.map(({ order_id, _line }) => [order_id, _line])).toEqual([
		['o1', 1],
		['o2', 2],
		['o3', 5],
		['o4', 6],
	]);
});

test('a byte order mark before any line is left out, as where files are joined', async () => {
	const [one, two] = [orderLine(), orderLine({ order_id: '"o2"' })].map((line) => `\ufeff${line}\n`);
	const joined = await ingestFiles({ 'orders.ndjson': `${one}${two}` });
	expect(joined.bronze.map(({ order_id }) => order_id)).toEqual(['o1', 'o2']);
	const members = await ingestFiles({ 'orders.ndjson.gz': Buffer.concat([gzipSync(`${one}`), gzipSync(`${two}`)]) });
	expect(members.bronze.map(({ order_id }) => order_id)).toEqual(['o1', 'o2']);
});

test('a file of several gzip streams is one text', async () => {
	const members = [orderLine(), orderLine({ order_id: '"o2"' })].map((line) => gzipSync(`${line}\n`));
	const { bronze } = await ingestFiles({ 'orders.ndjson.gz': Buffer.concat(members) });
	expect(bronze.map(({ order_id }) => order_id)).toEqual(['o1', 'o2']);
});

test('a line of more than 1 MB passes', async () => {
	const note = 'y'.repeat(1_500_000);
	const { bronze } = await ingestFiles({ 'orders.ndjson': `${orderLine({ note: `"${note}"` })}\n${orderLine()}\n` });
	expect(bronze.map(({ _line, _extra }) => [_line, _extra])).toEqual([
		[1, { note }],
		[2, null],
	]);
});

test('small files become one Bronze object; each record keeps its file and line', async () => {
	const bad = orderLine({ status: '"lost"' });
	const { outcome, bronze, quarantine } = await ingestFiles({
		'orders-1.ndjson': `${orderLine({ order_id: '"a"' })}\n\n${bad}`,
		'orders-2.ndjson': `\n\n${orderLine({ order_id: '"b"' })}\r\n${orderLine({ order_id: '"c"' })}\n`,
		'orders-3.ndjson.gz': gzipSync(`${bad}\n${orderLine({ order_id: '"d"' })}\n\n`),
	});
	expect(outcome).toMatchObject({ received: 6, rejected: 2 });
	expect(bronze.map(({ _file, _line, order_id }) => [_file, _line, order_id])).toEqual([
		[0, 1, 'a'],
		[1, 3, 'b'],
		[1, 4, 'c'],
		[2, 2, 'd'],
	]);
	expect(quarantine).toEqual([
		"orders-1.ndjson:3 enum: status is 'lost', not one of pending, completed, returned, cancelled",
		"orders-3.ndjson.gz:1 enum: status is 'lost', not one of pending, completed, returned, cancelled",
	]);
});

test('blank lines at the ends of small files that become one are no long line', async () => {
	const blank = '\n'.repeat(900);
	const file = (id: string) => `${blank}${orderLine({ order_id: `"${id}"` })}\n${blank}`;
	const { bronze } = await ingestFiles({ 'orders-1.ndjson': file('a'), 'orders-2.ndjson': file('b') });
	expect(bronze.map(({ _file, _line, order_id }) => [_file, _line, order_id])).toEqual([
		[0, 901, 'a'],
		[1, 901, 'b'],
	]);
});

test('a dozen lines of 3 MB pass', async () => {
	const line = orderLine({ note: `"${'y'.repeat(3_000_000)}"` });
	const { outcome } = await ingestFiles({ 'orders.ndjson': `${line}\n`.repeat(12) });
	expect(outcome).toMatchObject({ received: 12, rejected: 0 });
});

test('only tabs and line ends are control characters that a text may have', async () => {
	const { bronze, quarantine } = await ingestFiles({
		'orders.ndjson': [
			'"a\\u0000b"',
			'"a\\u0001b"',
			'"a\\rb\\nc\\td\\u2028"',
			'"a\x01b"',
			'"a\x00b"',
			'"a\tb"',
			'"a\rb"',
			'"\\ud800"',
		]
			.map((order_id) => orderLine({ order_id }))
			.join('\n'),
	});
	expect(bronze.map(({ order_id }) => order_id)).toEqual(['a\rb\nc\td']);
	// A carriage return ends a line, here in the middle of a text.
	expect(quarantine).toEqual([
		'orders.ndjson:1 type: order_id has the control character U+0000, which no text may have',
		'orders.ndjson:2 type: order_id has the control character U+0001, which no text may have',
		...[4, 5, 6, 7, 8, 9].map((line) => `orders.ndjson:${line} unparsable: the line is not a JSON object`),
	]);
});

test('what other readers of Bronze would not take for JSON is rejected', async () => {
	const { bronze, quarantine } = await ingestFiles({
		'orders.ndjson': [
			'[1]',
			'"text"',
			`${orderLine().slice(0, -1)},}`,
			orderLine({ total_amount: 'NaN' }),
			orderLine({ note: '-Infinity' }),
			`${orderLine()} ${orderLine()}`,
			orderLine({ note: '"NaN, and so on: nan,}"' }),
		].join('\n'),
	});
	expect(bronze).toHaveLength(1);
	expect(quarantine).toEqual([
		"orders.ndjson:1 unparsable: the line is not a JSON object but a list, or a part of one: write each of its objects on a line of its own, as `jq -c '.[]' FILE` does",
		'orders.ndjson:2 unparsable: the line is not a JSON object',
		'orders.ndjson:3 unparsable: the line is not strict JSON: a trailing comma, or NaN or Infinity',
		'orders.ndjson:4 unparsable: the line is not strict JSON: a trailing comma, or NaN or Infinity',
		'orders.ndjson:5 unparsable: the line is not strict JSON: a trailing comma, or NaN or Infinity',
		'orders.ndjson:6 unparsable: the line is not a JSON object but several: write each on a line of its own, as `jq -c . FILE` does',
	]);
});

const [first, second] = [orderLine(), orderLine({ order_id: '"o2"' })];
const pretty = (text: string) => JSON.stringify(JSON.parse(text), null, 2);
test.each([
	['objects one behind the other', `${first}${second}`, [/several: .*`jq -c \. FILE`/]],
	['gzip members without line ends', gzipSync(first + second), [/several: .*`jq -c \. FILE`/]],
	['a list on one line', `[${first},${second}]`, [/a list, .*`jq -c '\.\[\]' FILE`/]],
	['a list over several lines', `[${first},\n${second},\n${second}]`, [/a list, /, /a list, /, /object$/]],
	['a list, its objects on lines', `[\n  ${first},\n  ${second}\n]`, [/a list, /, /a list, /, /a part of one/]],
	['an object over several lines', pretty(first), Array<RegExp>(7).fill(/a part of one: .*`jq -c \. FILE`/)],
])('%s: the message says so, and how to write NDJSON of it', async (_, content, messages) => {
	const name = typeof content === 'string' ? 'orders.ndjson' : 'orders.ndjson.gz';
	const { quarantine } = await ingestFiles({ [name]: content });
	expect(quarantine).toEqual(messages.map((message) => expect.stringMatching(message)));
});

test.each<[string, string | Buffer]>([
	['text', 'garbage'],
	['a broken gzip stream', Buffer.concat([gzipSync(second).subarray(0, 12), Buffer.from('garbage')])],
	['the beginning of a gzip stream', gzipSync(second).subarray(0, 12)],
])('a gzip file with %s behind its end is refused', async (_, garbage) => {
	const file = Buffer.concat([gzipSync(first), Buffer.from(garbage)]);
	expect(await ingestRefusal({ 'orders.ndjson.gz': file })).toMatchObject({ exitCode: 65, stored: [] });
});
