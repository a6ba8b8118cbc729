import { csvOrder, ingestFiles, orderCsv, orderLine } from './ingest-files';

const amounts = (values: readonly string[]) => ({
	'orders.csv': orderCsv(...values.map((value) => csvOrder.replace('1.00', `"${value}"`))),
});
const read = async (values: readonly string[], options = {}) => {
	const { bronze, quarantine } = await ingestFiles(amounts(values), options);
	return [...bronze.map(({ total_amount }) => total_amount), ...quarantine.map((line) => line.split(': ')[0])];
};

test.each<[',' | '.', readonly (readonly [string, string | null])[]]>([
	[
		',',
		[
			['1.234,50', '1234.50'],
			['1.234', '1234.00'],
			['1,234', '1.23'],
			['12,5', '12.50'],
			['-0', '0.00'],
			['1 234 567,89', '1234567.89'],
			['7', '7.00'],
			['12.50', null],
			['1,234.50', null],
			['1,2,3', null],
			['1.23.456', null],
		],
	],
	[
		'.',
		[
			['1,234.50', '1234.50'],
			['1,234', '1234.00'],
			['1.234', '1.23'],
			['12.50', '12.50'],
			["1'234.5", '1234.50'],
			['1.234,50', null],
			['12,34', null],
		],
	],
])('with the decimal sign %s named, a number is read by it, and any other text is rejected', async (decimal, cases) => {
	const expected = cases.map(([, value], place) => value ?? `orders.csv:${place + 2} type`);
	const results = await read(
		cases.map(([text]) => text),
		{ decimal },
	);
	expect(results).toEqual([
		...expected.filter((one) => !one.includes('type')),
		...expected.filter((one) => one.includes('type')),
	]);
});

test.each([
	['1.234,50', 'To read a decimal comma, ingest with --decimal ,'],
	['12,5', 'To read a decimal comma, ingest with --decimal ,'],
	['1,234,567.50', 'To read commas between thousands, ingest with --decimal .'],
	[
		'1,234',
		'It may mean two numbers: ingest with --decimal , if the comma is before decimal places, with --decimal . if it is between thousands',
	],
	['€ 12.50', 'Leave the currency sign out, as a statement of an SQL source can'],
	['12,50 €', 'Leave the currency sign out, as a statement of an SQL source can'],
])(
	"'%s' is rejected unless the decimal sign is named, and the message says how to have it read",
	async (value, hint) => {
		const { quarantine } = await ingestFiles(amounts([value]));
		expect(quarantine).toEqual([
			`orders.csv:2 type: total_amount is '${value}', not a decimal number of at most 10 digits before the point, such as 12.50. ${hint}`,
		]);
	},
);

test('numbers of JSON are numbers, whatever the decimal sign of texts is', async () => {
	const lines = [
		orderLine({ total_amount: '12.5' }),
		orderLine({ total_amount: '"12,5"' }),
		orderLine({ total_amount: '""' }),
	];
	const { bronze, quarantine } = await ingestFiles({ 'orders.ndjson': lines.join('\n') }, { decimal: ',' });
	expect(bronze.map(({ total_amount }) => total_amount)).toEqual(['12.50', '12.50']);
	expect(quarantine).toEqual(['orders.ndjson:3 missing: total_amount is absent or empty']);
});

test('a mapping names the decimal sign of a dataset, and renames columns beside it', async () => {
	const csv = 'Nr;user_id;order_date;Summe;status;total_amount\no1;u1;2026-11-20;1.234,50;pending;x\n';
	const columns = { order_id: 'Nr', total_amount: 'Summe' };
	const { bronze } = await ingestFiles({ 'orders.csv': csv }, { map: { orders: { columns, decimal: ',' } } });
	expect(bronze).toMatchObject([{ order_id: 'o1', total_amount: '1234.50' }]);
});

test('the same file read with another decimal sign is a new version of the batch', async () => {
	const { MemoryStore } = await import('../../../support/memory-store');
	const store = new MemoryStore();
	const ingest = async (decimal: ',' | '.') => {
		const { outcome, bronze } = await ingestFiles(amounts(['1,234']), { decimal }, store);
		return [outcome.status, bronze[0]?.total_amount];
	};
	expect(await ingest(',')).toEqual(['published', '1.23']);
	expect(await ingest('.')).toEqual(['published', '1234.00']);
});
