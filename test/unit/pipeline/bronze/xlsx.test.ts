import { writeXlsx } from 'hucre/xlsx';
import { type Files, ingestFiles, ingestRefusal } from './ingest-files';

type Value = string | number | boolean | Date | null;
type Sheets = Readonly<Record<string, readonly (readonly Value[])[]>>;

/** A workbook with these sheets; dates are shown as dates. */
async function workbook(sheets: Sheets): Promise<Buffer> {
	return Buffer.from(
		await writeXlsx({
			sheets: Object.entries(sheets).map(([name, rows]) => ({ name, rows: rows.map((row) => [...row]) })),
		}),
	);
}

const header = ['order_id', 'user_id', 'order_date', 'total_amount', 'status'];
const order = (id: Value, changes: readonly Value[] = []) => [
	id,
	'u1',
	new Date('2026-11-20'),
	12.5,
	'pending',
	...changes,
];
const orders = async (rows: readonly (readonly Value[])[], options = {}) =>
	ingestFiles({ 'orders.xlsx': await workbook({ Orders: [header, ...rows] }) }, options);

test('the rows of a sheet are records; blank rows are none, and the line of a record is its row', async () => {
	const { outcome, bronze, quarantine, raw } = await orders([
		order('o1'),
		[],
		[null, ' '],
		[5001, 'Zoë 😀 "x"', new Date('2026-11-20T10:30:00Z'), 0.1 + 0.2, 'completed'],
		['o3', 'u3', '2026-11-20', 'a lot', 'pending'],
	]);
	expect(outcome).toMatchObject({ received: 3, rejected: 1 });
	expect(outcome.read_as).toEqual([{ dataset: 'orders', file: 'orders.xlsx', sheet: 'Orders' }]);
	expect(bronze).toMatchObject([
		{ _line: 2, order_id: 'o1', order_date: '2026-11-20 00:00:00', total_amount: '12.50' },
		{ _line: 5, order_id: '5001', user_id: 'Zoë 😀 "x"', order_date: '2026-11-20 10:30:00', total_amount: '0.30' },
	]);
	expect(quarantine).toEqual([expect.stringMatching(/^orders.xlsx:6 type: total_amount is 'a lot'/)]);
	expect(raw).toEqual([
		'{"order_id":"o3","user_id":"u3","order_date":"2026-11-20","total_amount":"a lot","status":"pending"}',
	]);
});

test('a cell with an error rejects its record: it is not an empty cell', async () => {
	const { quarantine, raw } = await orders([
		order('o1', ['#N/A']),
		['o2', 'u2', new Date('2026-11-20'), '#DIV/0!', 'pending'],
	]);
	expect(quarantine).toEqual([
		'orders.xlsx:2 unparsable: cell F2 holds the error #N/A',
		'orders.xlsx:3 unparsable: cell D3 holds the error #DIV/0!',
	]);
	expect(raw[1]).toContain('"total_amount":#DIV/0!');
});

test('a number of more digits than a spreadsheet keeps rejects its record', async () => {
	const { bronze, quarantine } = await orders([order(999_999_999_999_999), order(1_234_567_890_123_456)]);
	expect(bronze.map(({ order_id }) => order_id)).toEqual(['999999999999999']);
	expect(quarantine).toEqual([
		'orders.xlsx:3 unparsable: cell A3 holds a number of more than 15 digits, of which a spreadsheet keeps no more: write it as text',
	]);
});

test('what stands beside the header is kept as a further field', async () => {
	const { bronze } = await orders([order('o1', [null, 'note', true])]);
	expect(bronze).toMatchObject([{ _extra: { column_7: 'note', column_8: true } }]);
});

const other = [['about'], ['this is a report']];
test('the first sheet that has the columns is read, unless another is named', async () => {
	const sheets = { About: other, May: [header, order('may')], June: [[], header, order('june')] };
	const files = { 'orders.xlsx': await workbook(sheets) };
	expect((await ingestFiles(files)).bronze).toMatchObject([{ order_id: 'may', _line: 2 }]);
	const june = await ingestFiles(files, { reading: { sheet: 'June' } });
	expect(june.bronze).toMatchObject([{ order_id: 'june', _line: 3 }]);
});

test.each<[string, () => Promise<Files>, string]>([
	['a file that is no workbook', async () => ({ 'orders.xlsx': 'order_id,user_id\n' }), 'is not a valid xlsx file ('],
	[
		'a workbook that is cut off',
		async () => ({ 'orders.xlsx': (await workbook({ A: [header, order('a')] })).subarray(0, 900) }),
		'is not a valid xlsx file (',
	],
	['an empty file', async () => ({ 'orders.xlsx': '' }), 'is empty. Send the file again, or leave it out.'],
	[
		'a workbook of empty sheets',
		async () => ({ 'orders.xlsx': await workbook({ A: [], B: [[null]] }) }),
		'has no sheet with a header.',
	],
	[
		'a workbook without the columns',
		async () => ({ 'orders.xlsx': await workbook({ A: other }) }),
		"has no column order_id, user_id, order_date, total_amount, status for orders; its header is 'about'.",
	],
	[
		'a column that stands twice',
		async () => ({ 'orders.xlsx': await workbook({ A: [[...header, 'status'], order('a')] }) }),
		"has the column 'status' twice in its header.",
	],
])('%s is refused', async (_, files, words) => {
	const { exitCode, message, stored } = await ingestRefusal(await files());
	expect({ exitCode, stored }).toEqual({ exitCode: 65, stored: [] });
	expect(message).toContain(words);
});

test('a sheet that is not there is refused, with the names of those that are', async () => {
	const files = { 'orders.xlsx': await workbook({ May: [header], June: [header] }) };
	expect(await ingestRefusal(files, { reading: { sheet: 'July' } })).toMatchObject({
		message: expect.stringContaining("has no sheet 'July'; it has May, June. Name one of them with --sheet."),
	});
});
