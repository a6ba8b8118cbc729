import { gzipSync } from 'node:zlib';
import { type Files, ingestFiles, ingestRefusal, orderLine } from './ingest-files';

const order = (id: string) => orderLine({ order_id: JSON.stringify(id), total_amount: '12.50' });
const pretty = (json: string) => JSON.stringify(JSON.parse(json), null, 2);
const places = (bronze: readonly Record<string, unknown>[]) => bronze.map(({ _line, order_id }) => [_line, order_id]);

test.each<[string, string | Buffer, readonly (readonly [number, string])[]]>([
	[
		'a list on one line: its records are numbered',
		`[${order('a')}, ${order('b')},${order('c')}]`,
		[
			[1, 'a'],
			[2, 'b'],
			[3, 'c'],
		],
	],
	[
		'a list over several lines: each has the line where it begins',
		`[\n${order('a')},\n\n${order('b')}\n]\n`,
		[
			[2, 'a'],
			[4, 'b'],
		],
	],
	[
		'a pretty-printed list',
		pretty(`[${order('a')},${order('b')}]`),
		[
			[2, 'a'],
			[9, 'b'],
		],
	],
	[
		'pretty-printed objects',
		`${pretty(order('a'))}\n${pretty(order('b'))}\n`,
		[
			[1, 'a'],
			[8, 'b'],
		],
	],
	[
		'a list in an object',
		`{"orders": [${order('a')},\n${order('b')}]}`,
		[
			[1, 'a'],
			[2, 'b'],
		],
	],
	[
		'a pretty-printed list in an object',
		pretty(`{"orders":[${order('a')},${order('b')}]}`),
		[
			[3, 'a'],
			[10, 'b'],
		],
	],
	['a list in UTF-16', Buffer.from(`\ufeff[${order('a')}]`, 'utf16le'), [[1, 'a']]],
	[
		'a record a line',
		`${order('a')}\n${order('b')}\n`,
		[
			[1, 'a'],
			[2, 'b'],
		],
	],
])('%s', async (_, content, expected) => {
	const { outcome, bronze } = await ingestFiles({ 'orders.json': content });
	expect(outcome).toMatchObject({ received: expected.length, rejected: 0 });
	expect(places(bronze)).toEqual(expected);
});

test('how a list was read stands in the result', async () => {
	const { outcome } = await ingestFiles({ 'orders.json.gz': gzipSync(`[${order('a')}]`) });
	expect(outcome.read_as).toEqual([{ dataset: 'orders', file: 'orders.json.gz', layout: 'values' }]);
});

test('the numbers of a list keep their digits, and its records cost no more than those of NDJSON', async () => {
	const { bronze } = await ingestFiles({
		'orders.json': `[ {"order_id": 12345678901234567890, "user_id": "u1", "order_date": "2026-11-20", "total_amount": 0.10, "status": "pending"} ]`,
	});
	expect(bronze).toMatchObject([{ order_id: '12345678901234567890', total_amount: '0.10', _raw: null }]);
});

test('what is wrong within a list spoils its own record only', async () => {
	const { outcome, bronze, quarantine, raw } = await ingestFiles({
		'orders.json': [
			`[${order('a')},`,
			`${order('b\n').replace('\\n', '\n')},`,
			`[${order('c')}], 7, nonsense, "text",`,
			`${order('d').replace('12.50', '1 2.50')},`,
			`${order('e').replace('pending', 'lost')}`,
			order('f'),
			']',
		].join('\n'),
	});
	expect(outcome).toMatchObject({ received: 9, rejected: 7 });
	expect(places(bronze)).toEqual([
		[1, 'a'],
		[10, 'f'],
	]);
	expect(quarantine).toEqual([
		'orders.json:2 unparsable: a string holds a line end or another control character: write \\n for a line end',
		expect.stringContaining('orders.json:4 unparsable: the line is not a JSON object'),
		'orders.json:5 unparsable: the line is not a JSON object',
		'orders.json:6 unparsable: the line is not a JSON object',
		'orders.json:7 unparsable: the line is not a JSON object',
		'orders.json:8 unparsable: the line is not a JSON object',
		"orders.json:9 enum: status is 'lost', not one of pending, completed, returned, cancelled",
	]);
	expect(raw[5]).toContain('1 2.50');
});

test.each<[string, Files, string]>([
	[
		'a list that is cut off',
		{ 'orders.json': `[\n${order('a')},\n{"order_id":` },
		'is cut off: what begins on line 3 has no end.',
	],
	['a list without its end', { 'orders.json': `\n[${order('a')},` }, 'is cut off: what begins on line 2 has no end.'],
	[
		'an object without its end',
		{ 'orders.json': `{"orders":[${order('a')}]` },
		'is cut off: what begins on line 1 has no end.',
	],
	['an empty list', { 'orders.json': '[]' }, 'has no records.'],
	['an empty list in an object', { 'orders.json': '{"orders":[]}' }, 'has no records.'],
	[
		'a record that is not UTF-8',
		{ 'orders.json': Buffer.from(`[${order('a')},\n${order('Zoë')}]`, 'latin1') },
		"is not UTF-8 (line 2). It looks like windows-1252, in which a word there is 'Zoë'.",
	],
	[
		'a record that is too long',
		{ 'orders.json': `[\n{"a":"${'y'.repeat(17 * 1024 ** 2)}"}]` },
		'has a value of more than 16 MiB, which begins on line 2.',
	],
	[
		'an object with another member behind a long list',
		{ 'orders.json': `{"orders":[${`${order('a')},`.repeat(20_000)}${order('b')}],"next":null}` },
		"has more than one list of records: its object goes on behind the list (line 1). Keep the list alone, as `jq '.orders' FILE` does.",
	],
])('%s is refused', async (_, files, words) => {
	const { exitCode, message, stored } = await ingestRefusal(files);
	expect({ exitCode, stored }).toEqual({ exitCode: 65, stored: [] });
	expect(message).toContain(words);
});

test('an object whose first field is a list of objects stays one record', async () => {
	const nested = `{"items":[{"sku":"x"}],${order('a').slice(1)}`;
	const { outcome, bronze } = await ingestFiles({ 'orders-1.json': nested, 'orders-2.json': pretty(nested) });
	expect(outcome).toMatchObject({ received: 2, rejected: 0 });
	expect(bronze).toMatchObject([{ _extra: { items: [{ sku: 'x' }] } }, { _extra: { items: [{ sku: 'x' }] } }]);
});

test('a file whose objects all lack fields has its records rejected one by one', async () => {
	const { outcome, quarantine } = await ingestFiles({ 'orders-1.ndjson': '{}\n{}\n', 'orders-2.json': '[{}]' });
	expect(outcome).toMatchObject({ received: 3, rejected: 3 });
	expect(quarantine).toEqual([
		'orders-1.ndjson:1 missing: order_id is absent or empty',
		'orders-1.ndjson:2 missing: order_id is absent or empty',
		'orders-2.json:1 missing: order_id is absent or empty',
	]);
});
