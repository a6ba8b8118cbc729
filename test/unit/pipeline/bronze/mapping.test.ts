import { datasetNames } from '../../../../tasks/contracts';
import { ingestBatch } from '../../../../tasks/pipeline/bronze';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { cleaned, csvOrder, ingestFiles, ingestRefusal, orderCsv, orderLine } from './ingest-files';

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
		order_date: '2026-11-20 00:00:00',
		total_amount: '10.50',
		status: 'completed',
		_extra: null,
		_raw: '7,u1,20.11.2026,10.5,old',
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

test('JSON is mapped alike; other fields stay', async () => {
	const mapped =
		'{"Bestellung":9007199254740991,"Kunde \\"Nr./~\\"":7,"Datum":"20.11.2026","Betrag €":1.5,"note":{"a":[null]}}';
	const { bronze, quarantine } = await ingestFiles(
		{
			'orders.ndjson': [
				mapped,
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
			order_id: '9007199254740991',
			user_id: '7',
			order_date: '2026-11-20 00:00:00',
			total_amount: '1.50',
			status: 'completed',
			_extra: { note: { a: [null] } },
			_raw: mapped,
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

test('a source’s columns may be called as objects of JavaScript call their own parts', async () => {
	const { bronze } = await ingestFiles(
		{ 'orders.csv': 'constructor,__proto__,order_date,total_amount,status\no1,u1,2026-11-20,1.00,pending\n' },
		{ map: { orders: { columns: { order_id: 'constructor', user_id: '__proto__' } } } },
	);
	expect(bronze).toMatchObject([{ order_id: 'o1', user_id: 'u1' }]);
	expect(bronze).toMatchObject([{ _extra: null }]);
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

test('a year of two digits is no year of this millennium, and an offset beyond 14 hours none at all', async () => {
	const told = async (date_format: string, dates: readonly string[]) => {
		const lines = dates.map((date) => orderLine({ order_date: JSON.stringify(date) }));
		const { quarantine, bronze } = await ingestFiles(
			{ 'orders.ndjson': lines.join('\n') },
			{ map: { orders: { date_format } } },
		);
		return [...bronze.map(({ order_date }) => order_date), ...quarantine];
	};
	expect(await told('%d/%m/%Y', ['31/12/17'])).toEqual([
		"orders.ndjson:1 range: order_date is '0017-12-31', before 1970-01-01 (UTC)",
	]);
	expect(await told('%d/%m/%y', ['31/12/17', '31/12/69'])).toEqual([
		'2017-12-31 00:00:00',
		"orders.ndjson:2 range: order_date is '1969-12-31', before 1970-01-01 (UTC)",
	]);
	const offsets = ['+1401', '-15', '+99:00'];
	const dates = ['-1400', ...offsets].map((offset) => `20/11/2026 23:00 ${offset}`);
	expect(await told('%d/%m/%Y %H:%M %z', dates)).toEqual([
		'2026-11-21 13:00:00',
		...offsets.map(
			(offset, place) =>
				`orders.ndjson:${place + 2} range: order_date is '2026-11-20T23:00:00${offset}', with an offset of more than 14 hours`,
		),
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
		'a NUL in a constant',
		{ orders: { constants: { status: 'a\0b' } } },
		'map.json: orders.constants.status has the character U+0000, which no column and no value can have.',
	],
	[
		'a NUL in a date format',
		{ orders: { date_format: '%Y\0' } },
		'map.json: orders.date_format has the character U+0000, which no column and no value can have.',
	],
	[
		'a number of more digits than a double holds',
		'{"orders":{"constants":{"user_id":123456789012345678901}}}',
		'map.json: orders.constants.user_id is a number of so many digits that some would be lost. Write it as text, in quotes.',
	],
	[
		'a target called __proto__',
		'{"orders":{"columns":{"__proto__":"x"}}}',
		"map.json: orders.columns has no '__proto__' to be mapped.",
	],
	['a dataset called __proto__', '{"__proto__":{}}', "map.json: the file has no '__proto__' to be mapped."],
	[
		'an unknown dataset',
		{ order: {} },
		`map.json: the file: Unrecognized key: "order". It maps datasets (${datasetNames.join(', ')}), each with columns, constants, date_format, decimal.`,
	],
	[
		'an unknown setting',
		{ orders: { rename: {} } },
		`map.json: orders: Unrecognized key: "rename". It maps datasets (${datasetNames.join(', ')}), each with columns, constants, date_format, decimal.`,
	],
	[
		'a format that is none',
		{ orders: { date_format: '%Q' } },
		"map.json: orders.date_format '%Q' is not a valid format (Invalid Input Error: Failed to parse format specifier %Q: Unrecognized format for strftime/strptime: %Q). Write it in strftime's letters, such as %d/%m/%Y.",
	],
])('%s in a mapping is refused', async (_, map, message) => {
	expect(await ingestRefusal({ 'orders.csv': orderCsv(csvOrder) }, { map })).toEqual({
		exitCode: 64,
		message,
		stored: [],
	});
});

test('a mapping that is not JSON is refused', async () => {
	const { exitCode, message } = await ingestRefusal({ 'orders.csv': orderCsv(csvOrder) }, { map: '{' });
	expect(exitCode).toBe(64);
	expect(message).toMatch(/^map\.json is not JSON: /);
});

test('the header is asked for the names of the source', async () => {
	expect(await ingestRefusal({ 'orders.csv': 'Bestellung,Datum\n1,2\n' }, { map: german })).toMatchObject({
		exitCode: 65,
		message: `in/orders.csv has no column Kunde "Nr./~", Betrag € for orders; its header is 'Bestellung,Datum'. Put a header with the contract’s names in its first line, or map other names with --map. The batch is not published.`,
	});
});

const itemsMap = (lineNumber: string) => ({ order_items: { columns: { quantity: 'qty', line_number: lineNumber } } });
const noSuchColumn =
	"The mapping takes line_number of order_items from the column 'line_numer', which no record of its files has. They have: COLUMNS. Correct order_items.columns.line_number in the mapping, or leave it out. Nothing of the batch is published.";

test.each([
	['CSV', 'csv', 'order_id,product_id,qty,unit_price,line_no\no1,p1,1,10.00,1\no1,p1,1,15.00,2\n'],
	[
		'NDJSON',
		'ndjson',
		'{"order_id":"o1","product_id":"p1","qty":1,"unit_price":10,"line_no":1}\nbroken\n[]\n{"order_id":"o1","product_id":"p1","qty":1,"unit_price":15,"line_no":2}',
	],
])('a mapped column that no record of %s has is refused, also where the field is optional', async (_, ending, text) => {
	const files = { [`order_items.${ending}`]: text };
	expect(await ingestRefusal(files, { map: itemsMap('line_numer') })).toEqual({
		exitCode: 65,
		message: noSuchColumn.replace('COLUMNS', 'line_no, order_id, product_id, qty, unit_price'),
		stored: [],
	});
	const { bronze } = await ingestFiles(files, { map: itemsMap('line_no') });
	expect(bronze.map(({ line_number }) => Number(line_number))).toEqual([1, 2]);
});

test('a mapped column is there where one record of one file has it', async () => {
	const item = { order_id: 'o1', product_id: 'p1', qty: 1, unit_price: 1 };
	const files = {
		'order_items_1.csv': 'order_id,product_id,qty,unit_price\no1,p1,1,10.00\n',
		'order_items_2.ndjson': [item, item, { ...item, 'line~/"no': null }].map((one) => JSON.stringify(one)).join('\n'),
	};
	const { outcome } = await ingestFiles(files, { map: itemsMap('line~/"no') });
	expect(outcome).toMatchObject({ status: 'published', received: 4, rejected: 0 });
});

test('files without records say nothing of a mapping', async () => {
	const files = { 'order_items.csv': 'order_id,product_id,qty,unit_price\n' };
	expect((await ingestFiles(files, { map: itemsMap('line_no') })).outcome).toMatchObject({ received: 0 });
});

test('a record with two fields of one name is rejected where it is mapped, too', async () => {
	const twice = orderLine().replace('{', '{"order_id":"o2",');
	const { quarantine, raw } = await ingestFiles(
		{ 'orders.ndjson': `${twice}\n${orderLine()}` },
		{ map: { orders: { constants: { status: 'completed' } } } },
	);
	expect(quarantine).toEqual(['orders.ndjson:1 unparsable: the record has two fields of one name']);
	expect(raw).toEqual([twice]);
});

test.each([
	['{"orders":{},"orders":{"constants":{}}}', 'map.json has orders twice. Leave one of them out.'],
	[
		'{"orders":{"columns":{"order_id":"a","status" : "s","order\\u005fid":"b"}}}',
		'map.json has orders.columns.order_id twice. Leave one of them out.',
	],
	[
		'{"orders":{"columns":{"status":"s"},"constants":{"status":"pending"}}}',
		'map.json: orders.status is mapped both to a column and to a constant. Leave one of them out.',
	],
])('the mapping %s says something twice and is refused', async (map, message) => {
	expect(await ingestRefusal({ 'orders.csv': orderCsv(csvOrder) }, { map })).toEqual({
		exitCode: 64,
		message,
		stored: [],
	});
});

test('a byte order mark is no part of a mapping', async () => {
	const map = `\ufeff${JSON.stringify({ orders: { constants: { status: 'completed' } } })}`;
	const { bronze } = await ingestFiles({ 'orders.csv': orderCsv(csvOrder) }, { map });
	expect(bronze).toMatchObject([{ status: 'completed' }]);
});

test('a mapping is read from S3, by its very key', async () => {
	const store = new MemoryStore();
	await store.putText('landing/orders/batch=b/orders.csv', orderCsv(csvOrder));
	await store.putText('landing/maps/#1 50%.json', '{"orders":{"constants":{"status":"completed"}}}');
	const { context, dispose } = testContext({ store });
	const ingest = (map: string) => ingestBatch(context, { batch: 'b', maxRejected: 0, map });
	try {
		expect(await ingest('s3://lake/landing/maps/#1 50%.json')).toMatchObject({ status: 'published', received: 1 });
		for (const map of ['s3://lake/landing/maps/#1', 's3://lake']) {
			await expect(ingest(map)).rejects.toMatchObject({
				exitCode: 64,
				message: `The mapping file ${map} can't be read. Does it exist?`,
			});
		}
		await expect(ingest('s3://')).rejects.toMatchObject({ exitCode: 64 });
	} finally {
		await dispose();
	}
});
