import { gzipSync } from 'node:zlib';
import { csvOrder, type Files, ingestFiles, ingestRefusal, orderCsv, orderLine } from './ingest-files';

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const names = (bronze: readonly Record<string, unknown>[]) => bronze.map(({ _line, user_id }) => [_line, user_id]);
const zoë = csvOrder.replace('u1', 'Zoë');

test.each<[string, Files, object]>([
	[
		'UTF-16 with a mark, little end first',
		{ 'orders.csv': Buffer.from(`\ufeff${orderCsv(zoë)}`, 'utf16le') },
		{ encoding: 'utf-16le' },
	],
	['UTF-16 with a mark, big end first', { 'orders.csv': utf16be(`\ufeff${orderCsv(zoë)}`) }, { encoding: 'utf-16be' }],
	['UTF-16 without a mark', { 'orders.csv': Buffer.from(orderCsv(zoë), 'utf16le') }, { encoding: 'utf-16le' }],
	['UTF-16 without a mark, big end first', { 'orders.csv': utf16be(orderCsv(zoë)) }, { encoding: 'utf-16be' }],
	['gzipped UTF-16', { 'orders.csv.gz': gzipSync(Buffer.from(orderCsv(zoë), 'utf16le')) }, { encoding: 'utf-16le' }],
])('%s is found and said', async (_, files, readAs) => {
	const { outcome, bronze, quarantine } = await ingestFiles(files);
	expect(quarantine).toEqual([]);
	expect(names(bronze)).toEqual([[2, 'Zoë']]);
	expect(outcome.read_as).toEqual([{ dataset: 'orders', file: Object.keys(files)[0], ...readAs }]);
});

test('NDJSON in UTF-16 is read like NDJSON in UTF-8', async () => {
	const text = `${orderLine({ user_id: '"Zoë"' })}\r\n\r\n${orderLine({ user_id: '"日本 😀"' })}`;
	const { bronze } = await ingestFiles({ 'orders.ndjson': Buffer.from(text, 'utf16le') });
	expect(names(bronze)).toEqual([
		[1, 'Zoë'],
		[3, '日本 😀'],
	]);
});

test.each([
	['windows-1252', [0x80, 0x9c, 0xe9], '€œé'],
	['iso-8859-1', [0x80, 0x9c, 0xe9], '€œé'],
	['iso-8859-15', [0xa4, 0xbd, 0xe9], '€œé'],
	['windows-1251', [0xcc, 0xe8, 0xf0], 'Мир'],
	['shift_jis', [0x93, 0xfa, 0x96, 0x7b], '日本'],
])('%s is read where it is named', async (encoding, bytes, name) => {
	const [before, after] = orderCsv(csvOrder.replace('u1', '@')).split('@') as [string, string];
	const file = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
	const { parseReading } = await import('../../../../tasks/pipeline/bronze');
	const { bronze } = await ingestFiles({ 'orders.csv': file }, { reading: parseReading({ encoding }) });
	expect(names(bronze)).toEqual([[2, name]]);
});

test.each<[string, Buffer, string, string]>([
	[
		'UTF-16 that breaks off within a character',
		Buffer.from(orderCsv(zoë, zoë), 'utf16le').subarray(0, -1),
		'utf-16',
		'in/orders.csv is not utf-16le (line 3). Save it as UTF-8 and send it again, or name another encoding: ingest --encoding. The batch is not published.',
	],
	[
		'a byte that the named encoding does not have',
		Buffer.concat([Buffer.from(`${orderCsv(csvOrder)}\r\n`), Buffer.from([0xff, 0xff])]),
		'shift_jis',
		'in/orders.csv is not shift_jis (line 4). Save it as UTF-8 and send it again, or name another encoding: ingest --encoding. The batch is not published.',
	],
	[
		'a mark of another encoding than the named one',
		Buffer.from(`\ufeff${orderCsv(zoë)}`),
		'windows-1252',
		'in/orders.csv begins with a byte order mark of utf-8, so it is not windows-1252. Leave --encoding out: the mark says how to read it. The batch is not published.',
	],
	[
		'Cyrillic that is not named',
		Buffer.concat([Buffer.from(orderCsv()), Buffer.from([0xcc, 0xee, 0xf1, 0xea, 0xe2, 0xe0])]),
		'utf-8',
		"in/orders.csv is not UTF-8 (line 2). It looks like windows-1251, in which a word there is 'Москва'. Save it as UTF-8 and send it again, or name its encoding: ingest --encoding windows-1251. The batch is not published.",
	],
])('%s is refused, with its line', async (_, file, encoding, message) => {
	expect(await ingestRefusal({ 'orders.csv': file }, { reading: { encoding } })).toEqual({
		exitCode: 65,
		message,
		stored: [],
	});
});

test('the same bytes read in another encoding are a new version of the batch', async () => {
	const { MemoryStore } = await import('../../../support/memory-store');
	const store = new MemoryStore();
	const files = { 'orders.csv': Buffer.from(orderCsv(csvOrder.replace('u1', 'Zo\xa4')), 'latin1') };
	const as = (encoding: string) => ingestFiles(files, { reading: { encoding } }, store);
	expect((await as('windows-1252')).outcome.status).toBe('published');
	expect((await as('windows-1252')).outcome.status).toBe('unchanged');
	expect((await as('iso-8859-15')).outcome.status).toBe('published');
});

test.each([
	[';', 'semicolons'],
	['\t', 'tabs'],
	['|', 'bars'],
] as const)('a CSV file with %j between its values is read, and the result says so', async (delimiter, _) => {
	const text = orderCsv(
		csvOrder,
		'',
		csvOrder.replace('u1', '"u,1"'),
		`${csvOrder},x`,
		csvOrder.replace('pending', 'lost'),
	);
	const { outcome, bronze, quarantine, raw } = await ingestFiles({
		'orders.csv': text.replaceAll(/(?<!u),/g, delimiter),
	});
	expect(outcome).toMatchObject({ received: 4, rejected: 2 });
	expect(outcome.read_as).toEqual([{ dataset: 'orders', file: 'orders.csv', delimiter }]);
	expect(names(bronze)).toEqual([
		[2, 'u1'],
		[4, 'u,1'],
	]);
	expect(quarantine).toEqual([
		'orders.csv:5 unparsable: the header has 5 columns, this line 6',
		"orders.csv:6 enum: status is 'lost', not one of pending, completed, returned, cancelled",
	]);
	expect(raw[1]).toBe(csvOrder.replace('pending', 'lost').replaceAll(',', delimiter));
});

test('records divided by semicolons are kept as typed columns alone, as those divided by commas are', async () => {
	const { bronze } = await ingestFiles({ 'orders.csv': orderCsv(csvOrder).replaceAll(',', ';') });
	expect(bronze).toMatchObject([{ order_id: 'o1', _raw: null, _extra: null }]);
});

test('a header that has the columns of the dataset in two ways is not guessed', async () => {
	const header = 'order_id,user_id,order_date,total_amount,status';
	const text = `x;${header.replaceAll(',', ';')};,${header}\n`;
	const refused = await ingestRefusal({ 'orders.csv': text });
	expect(refused.message).toBe(
		"in/orders.csv has a header that can be divided in several ways, by ',' (6 columns) or ';' (7 columns). Name the right one with --delimiter. The batch is not published.",
	);
	const named = await ingestFiles(
		{ 'orders.csv': `${text};a;b;2026-11-20;1;pending;\n` },
		{ reading: { delimiter: ';' } },
	);
	expect(named.bronze).toMatchObject([{ order_id: 'a' }]);
});
