import { datasetNames } from '../../../tasks/contracts';
import { MemoryStore } from '../../support/memory-store';
import { cleaned, csvOrder, ingestFiles, orderCsv, orderLine, refusalOf } from './sources-lab';

const german = {
	orders: {
		columns: { order_id: 'Bestellung', user_id: 'Kunde "Nr./~"', order_date: 'Datum', total_amount: 'Betrag €' },
		constants: { status: 'completed' },
		date_format: '%d.%m.%Y',
	},
};

test('columns are renamed, constants set and dates read by their format', async () => {
	const store = new MemoryStore();
	const csv =
		'Bestellung,"Kunde ""Nr./~""",Datum,Betrag €,status\n7,u1,20.11.2026,10.5,old\n8,u2, 19.11.2026 ,2.005,old\n9,u3,31.02.2026,1,old\n';
	const { bronze, quarantine, raw } = await ingestFiles({ 'orders.csv': csv }, { map: german }, store);
	expect(bronze[0]).toEqual({
		_file: 0,
		_line: 2,
		order_id: '7',
		user_id: 'u1',
		order_date: '2026-11-20',
		total_amount: '10.5',
		status: 'completed',
	});
	expect(quarantine).toEqual([
		"orders.csv:4 type: order_date is '31.02.2026', not a date that exists, as YYYY-MM-DD or an ISO timestamp",
	]);
	expect(raw).toEqual(['9,u3,31.02.2026,1,old']);
	expect(await cleaned(store, 'orders')).toEqual([
		{ order_id: '7', user_id: 'u1', total_amount: '10.50', status: 'completed', order_date: '2026-11-20' },
		{ order_id: '8', user_id: 'u2', total_amount: '2.01', status: 'completed', order_date: '2026-11-19' },
	]);
});

test('JSON is mapped alike; numbers stay numbers, other fields stay', async () => {
	const { bronze, quarantine } = await ingestFiles(
		{
			'orders.ndjson': [
				'{"Bestellung":9007199254740991,"Kunde \\"Nr./~\\"":7,"Datum":"20.11.2026","Betrag €":1.5,"note":{"a":[null]}}',
				'{"Bestellung":1,"Kunde \\"Nr./~\\"":null,"Datum":"20.11.2026","Betrag €":1}',
				'{"Bestellung":{"a":1},"Kunde \\"Nr./~\\"":"u","Datum":"20.11.2026","Betrag €":1}',
				'not JSON',
			].join('\n'),
		},
		{ map: german },
	);
	expect(bronze).toEqual([
		{
			_file: 0,
			_line: 1,
			order_id: 9007199254740991,
			user_id: 7,
			order_date: '2026-11-20',
			total_amount: 1.5,
			status: 'completed',
			note: { a: [null] },
		},
	]);
	expect(quarantine).toEqual([
		'orders.ndjson:2 missing: user_id is absent or empty',
		`orders.ndjson:3 type: order_id is '{"a":1}', not text`,
		'orders.ndjson:4 unparsable: the line is not a JSON object',
	]);
});

test('two columns can change places, and one can serve twice', async () => {
	const swapped = await ingestFiles(
		{ 'orders.ndjson': orderLine() },
		{ map: { orders: { columns: { order_id: 'user_id', user_id: 'order_id' } } } },
	);
	expect(swapped.bronze).toMatchObject([{ order_id: 'u1', user_id: 'o1' }]);
	const twice = await ingestFiles(
		{ 'orders.ndjson': orderLine() },
		{ map: { orders: { columns: { user_id: 'order_id', order_id: 'order_id' } } } },
	);
	expect(twice.bronze).toMatchObject([{ order_id: 'o1', user_id: 'o1' }]);
});

test('a time of day and its offset are part of a format', async () => {
	const store = new MemoryStore();
	const event = (id: string, time: string) =>
		`{"event_id":"${id}","event_type":"purchase","user_id":"u","product_id":"p","event_time":"${time}"}`;
	await ingestFiles(
		{ 'events.ndjson': `${event('e1', '20/11/2026 01:30:05 +0530')}\n${event('e2', '2026-11-20T10:00:00Z')}` },
		{ map: { events: { date_format: '%d/%m/%Y %H:%M:%S %z' } } },
		store,
	);
	expect((await cleaned(store, 'events')).map(({ event_time }) => event_time).sort()).toEqual([
		'2026-11-19T20:00:05.000000Z',
		'2026-11-20T10:00:00.000000Z',
	]);
});

test('another mapping makes another version of the batch', async () => {
	const store = new MemoryStore();
	const files = { 'orders.csv': orderCsv(csvOrder) };
	const status = async (map?: unknown) => (await ingestFiles(files, map ? { map } : {}, store)).outcome.status;
	expect(await status()).toBe('published');
	expect(await status()).toBe('unchanged');
	expect(await status({ orders: { constants: { status: 'completed' } } })).toBe('published');
	expect(await status({ orders: { constants: { status: 'completed' } } })).toBe('unchanged');
});

test.each<[string, unknown, string]>([
	[
		'a target that the contract does not have',
		{ orders: { columns: { orderid: 'id' } } },
		"map.json: orders has no column 'orderid'; it has order_id, user_id, order_date, total_amount, status.",
	],
	[
		'a constant that the contract does not have',
		{ orders: { constants: { currency: 'EUR' } } },
		"map.json: orders has no column 'currency'; it has order_id, user_id, order_date, total_amount, status.",
	],
	[
		'an unknown dataset',
		{ order: {} },
		`map.json: the file: Unrecognized key: "order". It maps datasets (${datasetNames.join(', ')}), each with columns, constants, date_format.`,
	],
	[
		'an unknown setting',
		{ orders: { rename: {} } },
		`map.json: orders: Unrecognized key: "rename". It maps datasets (${datasetNames.join(', ')}), each with columns, constants, date_format.`,
	],
	[
		'a format that is none',
		{ orders: { date_format: '%Q' } },
		"map.json: orders.date_format '%Q' is no format (Invalid Input Error: Failed to parse format specifier %Q: Unrecognized format for strftime/strptime: %Q). Write it in strftime's letters, such as %d/%m/%Y.",
	],
])('%s in a mapping is refused', async (_, map, message) => {
	expect(await refusalOf({ 'orders.csv': orderCsv(csvOrder) }, { map })).toEqual({ exitCode: 64, message, stored: [] });
});

test('a mapping that is not JSON is refused', async () => {
	const { exitCode, message } = await refusalOf({ 'orders.csv': orderCsv(csvOrder) }, { map: '{' });
	expect(exitCode).toBe(64);
	expect(message).toMatch(/^map\.json is not JSON: /);
});

test('the header is asked for the names of the source', async () => {
	expect(await refusalOf({ 'orders.csv': 'Bestellung,Datum\n1,2\n' }, { map: german })).toMatchObject({
		exitCode: 65,
		message: `in/orders.csv has no column Kunde "Nr./~", Betrag € for orders; its header is 'Bestellung,Datum'. Put a header with the contract’s names in its first line, or map other names with --map. The batch is not published.`,
	});
});
