import { MemoryStore } from '../../../support/memory-store';
import { cleaned, ingestFiles, orderLine } from './ingest-files';

/** A record of a dataset as a line of NDJSON, with an id of its own and one field as it is given. */
const lineTemplates = {
	orders: (id: number, field: string, text: string) => orderLine({ order_id: `"${id}"`, [field]: text }),
	events: (id: number, field: string, text: string) => {
		const others = { event_type: 'purchase', user_id: 'u', product_id: 'p', event_time: '2026-11-20' };
		const fields = Object.entries({ event_id: id, ...others }).filter(([name]) => name !== field);
		return `{"${field}":${text},${JSON.stringify(Object.fromEntries(fields)).slice(1)}`;
	},
};

/** What becomes of JSON texts of a field: their values in Silver, or the rules they break. */
async function listOutcomes(dataset: 'orders' | 'events', field: string, texts: readonly string[]) {
	const store = new MemoryStore();
	const lines = texts.map((text, place) => lineTemplates[dataset](place, field, text));
	const { quarantine } = await ingestFiles({ [`${dataset}.ndjson`]: lines.join('\n') }, { asOf: '2026-11-21' }, store);
	const fates: Record<string, unknown> = {};
	for (const row of await cleaned(store, dataset))
		fates[texts[Number(row.order_id ?? row.event_id)] ?? ''] = row[field];
	for (const rejected of quarantine) {
		const [, line, rule] = /:(\d+) (\w+):/.exec(rejected) ?? [];
		fates[texts[Number(line) - 1] ?? ''] = rule;
	}
	return fates;
}

test('amounts are rounded half away from zero, exactly, before their range is tested', async () => {
	const amounts = {
		'2.005': '2.01',
		'"2.005"': '2.01',
		'2.675': '2.68',
		'1.005': '1.01',
		'"1.00499999999999999999"': '1.00',
		'"200.5e-2"': '2.01',
		'8.5e-4': '0.00',
		'"8.5e-4"': '0.00',
		'"-8.5E-4"': '0.00',
		'"12345e-3"': '12.35',
		'"0.000000000000000000000000001e27"': '1.00',
		'"99999999999.9e-1"': '9999999999.99',
		'"1e-99999999999"': '0.00',
		'"1e99999999999"': 'type',
		'"1e10"': 'type',
		'"1e"': 'type',
		'1e2': '100.00',
		'" 7 "': '7.00',
		'"5."': '5.00',
		'".5"': '0.50',
		'"+5"': '5.00',
		'-0.004': '0.00',
		'"1e-400"': '0.00',
		'9999999999.994': '9999999999.99',
		'9999999999.995': 'type',
		'"1e400"': 'type',
		'-0.005': 'range',
		'-1': 'range',
		'"1,5"': 'type',
		'"$5"': 'type',
		'"0x10"': 'type',
		'"NaN"': 'type',
		true: 'type',
		'[1]': 'type',
		'{}': 'type',
		'""': 'missing',
		'" "': 'missing',
		null: 'missing',
	};
	expect(await listOutcomes('orders', 'total_amount', Object.keys(amounts))).toEqual(amounts);
});

test('an id is text; a number stands for its decimal text', async () => {
	const ids = {
		'"o1"': 'o1',
		'"\\u00e9 \\t"': 'é',
		'" "': 'missing',
		'7': '7',
		'-5': '-5',
		'9007199254740993': '9007199254740993',
		'12345678901234567890123': '12345678901234567890123',
		'"{x"': '{x',
		'"true"': 'true',
		'{"a":1}': 'type',
		'[1]': 'type',
		true: 'type',
		null: 'missing',
	};
	expect(await listOutcomes('orders', 'user_id', Object.keys(ids))).toEqual(ids);
});

test('an id that is a JSON number is its decimal text, without exponent and zeros that say nothing', async () => {
	const ids = {
		'5001.0': '5001',
		'5.001e3': '5001',
		'5001.50': '5001.5',
		'-0.0': '0',
		'1e21': '1000000000000000000000',
		'1.5e-7': '0.00000015',
		'123456789012345678901': '123456789012345678901',
		'123456789012345678901.0': '123456789012345678901',
		'12345678901234567890.120': '12345678901234567890.12',
		'1.23456789012345678901e20': '123456789012345678901',
		'"5001.0"': '5001.0',
		'"5.001e3"': '5.001e3',
		'1e400': 'type',
		'1e-400': 'type',
	};
	expect(await listOutcomes('orders', 'user_id', Object.keys(ids))).toEqual(ids);
});

test('numbers of more digits than a double holds are read exactly, and Bronze keeps the record’s text', async () => {
	const amounts = {
		'1.00499999999999999999': '1.00',
		'1.0049999999999999': '1.00',
		'9999999999.99499999999999999999': '9999999999.99',
		'1.23456789012345678901e3': '1234.57',
		'12345678901234567890.12': 'type',
	};
	expect(await listOutcomes('orders', 'total_amount', Object.keys(amounts))).toEqual(amounts);
	const note = '"1.00499999999999999999 \\" 2.00499999999999999999"';
	const line = orderLine({
		total_amount: '1.00499999999999999999',
		note,
		rate: '0.25',
		many: '[12345678901234567890123]',
	});
	const { bronze, quarantine } = await ingestFiles({
		'orders.ndjson': [line, orderLine({ total_amount: '12345678901234567890.12' })].join('\n'),
	});
	expect(bronze).toMatchObject([{ total_amount: '1.00', _extra: { note: JSON.parse(note), rate: 0.25 }, _raw: line }]);
	expect(quarantine).toEqual([
		"orders.ndjson:2 type: total_amount is '12345678901234567890.12', not a decimal number of at most 10 digits before the point, such as 12.50",
	]);
});

test('control characters of a text break type, but for tabs and line ends', async () => {
	const texts = {
		'"a\\u0000b"': 'type',
		'"a\\u0008b"': 'type',
		'"a\\bb"': 'type',
		'"a\\u001bb"': 'type',
		'"a\u007fb"': 'type',
		'"a\u0085b"': 'type',
		'"a\\u009fb"': 'type',
		'"a\\tb\\r\\nc"': 'a\tb\r\nc',
		'"a\u00a0b\u00adc\u200bd"': 'a\u00a0b\u00adc\u200bd',
	};
	expect(await listOutcomes('orders', 'user_id', Object.keys(texts))).toEqual(texts);
	const { quarantine } = await ingestFiles({
		'products.csv': 'product_id,category,name,price,extra\np1,a\x00b,Pen,1,x\np2,a,b\x1b[2J,1,x\np3,a,b,1,\x00\n',
	});
	expect(quarantine).toEqual([
		'products.csv:2 type: category has the control character U+0000, which no text may have',
		'products.csv:3 type: name has the control character U+001B, which no text may have',
	]);
});

test('ids and categories have at most 1,024 bytes of UTF-8; other texts may be longer', async () => {
	const ids = { [`"${'é'.repeat(512)}"`]: 'é'.repeat(512), [`"${'é'.repeat(512)}x"`]: 'range' };
	expect(await listOutcomes('orders', 'user_id', Object.keys(ids))).toEqual(ids);
	const long = 'x'.repeat(1025);
	const told = (name: string, line: number) =>
		`:${line} range: ${name} is '${'x'.repeat(80)}', more than 1024 bytes of UTF-8`;
	const { quarantine } = await ingestFiles({
		'products.csv': `product_id,category,name,price\n${long},c,n,1\np2,${long},n,1\np3,c,${long},1\n`,
		'order_items.csv': `order_id,product_id,quantity,unit_price\n${long},p,1,1\no,${long},1,1\n`,
		'events.csv': `event_id,event_type,user_id,product_id,event_time,session_id\n${[
			`${long},purchase,u,p,2026-11-20,s`,
			`e,purchase,${long},p,2026-11-20,s`,
			`e,purchase,u,${long},2026-11-20,s`,
			`e,purchase,u,p,2026-11-20,${long}`,
		].join('\n')}`,
		'gadget_sales.csv': `orderid,product_name,quantity,price,event_type,event_time,event_id\n${long},p,1,1,INSERT,2026-11-20,e\no,p,1,1,INSERT,2026-11-20,${long}\no,${long},1,1,INSERT,2026-11-20,e\n`,
	});
	expect([...quarantine].sort()).toEqual(
		[
			`products.csv${told('product_id', 2)}`,
			`products.csv${told('category', 3)}`,
			`order_items.csv${told('order_id', 2)}`,
			`order_items.csv${told('product_id', 3)}`,
			...['event_id', 'user_id', 'product_id', 'session_id'].map((name, place) => `events.csv${told(name, place + 2)}`),
			`gadget_sales.csv${told('orderid', 2)}`,
			`gadget_sales.csv${told('event_id', 3)}`,
		].sort(),
	);
});

test('dates are calendar dates, or timestamps whose UTC date counts', async () => {
	const dates = {
		'"2026-11-20 23:00:00 -0500"': '2026-11-21',
		'"2026-11-20 01:00 +02:00"': '2026-11-19',
		'"2026-11-20 10:00:00 Z"': '2026-11-20',
		'"2026-11-20T10:00:00-14:00"': '2026-11-21',
		'"2026-11-20T10:00:00+14:01"': 'range',
		'"2026-11-20 10:00:00 -1500"': 'range',
		'"2026-11-20T10:00:00+99"': 'range',
		'"2026-11-20T10:00:00+05:60"': 'type',
		'"1970-01-01"': '1970-01-01',
		'"1969-12-31"': 'range',
		'"1970-01-01T00:00:00+00:01"': 'range',
		'"0000-01-01"': 'range',
		'"0001-01-01T00:00:00+14:00"': 'range',
		'"2026-11-31"': 'type',
		'"2026-11-20"': '2026-11-20',
		'" 2026-11-20 "': '2026-11-20',
		'"2026-11-20T23:30:00-02:00"': '2026-11-21',
		'"2026-11-20T01:00:00+0200"': '2026-11-19',
		'"2026-11-20 23:30"': '2026-11-20',
		'"2026-11-20T23:30Z"': '2026-11-20',
		'"2026-11-20T10:00:00,5Z"': '2026-11-20',
		'"2024-02-29"': '2024-02-29',
		'"2026-11-22"': '2026-11-22',
		'"2026-11-23"': 'future',
		'"9999-12-31"': 'future',
		'"2026-02-29"': 'type',
		'"2026-11-20T25:00:00Z"': 'type',
		'"0000-00-00"': 'type',
		'"2026-1-2"': 'type',
		'"20/11/2026"': 'type',
		'20261120': 'type',
		'1795168800': 'type',
	};
	expect(await listOutcomes('orders', 'order_date', Object.keys(dates))).toEqual(dates);
});

test('times are ISO, epoch seconds or epoch milliseconds', async () => {
	const times = {
		'1795168800': '2026-11-20T10:00:00.000000Z',
		'"1795168800"': '2026-11-20T10:00:00.000000Z',
		'1795168800.25': '2026-11-20T10:00:00.250000Z',
		'1795168800123': '2026-11-20T10:00:00.123000Z',
		'1.795168800123e12': '2026-11-20T10:00:00.123000Z',
		'0': '1970-01-01T00:00:00.000000Z',
		'"2026-11-20"': '2026-11-20T00:00:00.000000Z',
		'"2026-11-20T10:00:00"': '2026-11-20T10:00:00.000000Z',
		'"2026-11-20T10:00:00+05:30"': '2026-11-20T04:30:00.000000Z',
		'"2026-11-20T10:00:00.123456Z"': '2026-11-20T10:00:00.123456Z',
		'"2026-11-20 10:00:00.5 -0530"': '2026-11-20T15:30:00.500000Z',
		'1.7951688001234567e9': '2026-11-20T10:00:00.123457Z',
		'"2026-11-20T10:00:00+14:30"': 'range',
		'"1969-12-31T23:59:59.999Z"': 'range',
		'"0000-01-01"': 'range',
		'99999999999': 'future',
		'-1': 'type',
		'1e30': 'type',
		'"1e9"': 'type',
		'"yesterday"': 'type',
	};
	expect(await listOutcomes('events', 'event_time', Object.keys(times))).toEqual(times);
});

test('whole numbers may be written in several ways, and fit 32 bits', async () => {
	const quantities = {
		'3': 3,
		'"3"': 3,
		'3.0': 3,
		'"3.00"': 3,
		'2147483647': 2147483647,
		'2147483648': 'type',
		'1.5': 'type',
		'"3e0"': 'type',
		'0': 'range',
		'-1': 'range',
	};
	expect(await listOutcomes('events', 'quantity', Object.keys(quantities))).toEqual(quantities);
});

test('a line whose amount Silver cannot hold is rejected', async () => {
	const line = (quantity: number, price: string) =>
		`{"order_id":"o1","product_id":"p1","quantity":${quantity},"unit_price":${price}}`;
	const { outcome, quarantine } = await ingestFiles({
		'order_items.ndjson': [
			line(2147483647, '4656612.87'),
			line(2147483647, '4656612.88'),
			line(2147483647, '9999999999.99'),
		].join('\n'),
	});
	expect(outcome).toMatchObject({ received: 3, rejected: 2 });
	expect(quarantine).toEqual([
		'order_items.ndjson:2 type: line_amount, which derives from the record, does not fit decimal(18,2)',
		'order_items.ndjson:3 type: line_amount, which derives from the record, does not fit decimal(18,2)',
	]);
});

test('of several broken rules the first is named', async () => {
	const { quarantine } = await ingestFiles({
		'orders.ndjson': [
			orderLine({ user_id: 'null', total_amount: '"x"', status: '"gone"', order_date: '"2027-01-01"' }),
			orderLine({ total_amount: '"x"', status: '"gone"', order_date: '"2027-01-01"' }),
			orderLine({ total_amount: '-1', status: '"gone"', order_date: '"2027-01-01"' }),
			orderLine({ total_amount: '-1', order_date: '"2027-01-01"' }),
			orderLine({ order_date: '"2027-01-01"' }),
		].join('\n'),
	});
	expect(quarantine).toEqual([
		'orders.ndjson:1 missing: user_id is absent or empty',
		"orders.ndjson:2 type: total_amount is 'x', not a decimal number of at most 10 digits before the point, such as 12.50",
		"orders.ndjson:3 enum: status is 'gone', not one of pending, completed, returned, cancelled",
		"orders.ndjson:4 range: total_amount is '-1', less than 0",
		"orders.ndjson:5 future: order_date is '2027-01-01', more than a day after the batch’s as-of",
	]);
});

test('a record with two fields of one name is rejected: nobody can say which is meant', async () => {
	const store = new MemoryStore();
	const twice = `${orderLine().slice(0, -1)},"order_id":"o2"}`;
	const escaped = `${orderLine().slice(0, -1)},"order\\u005fid":"o2"}`;
	const { quarantine, raw } = await ingestFiles(
		{ 'orders.ndjson': [twice, escaped, orderLine({ ORDER_ID: '"o3"' })].join('\n') },
		{},
		store,
	);
	expect(quarantine).toEqual([
		'orders.ndjson:1 unparsable: the record has two fields of one name',
		'orders.ndjson:2 unparsable: the record has two fields of one name',
	]);
	expect(raw).toEqual([twice, escaped]);
	expect(await cleaned(store, 'orders')).toMatchObject([{ order_id: 'o1' }]);
});

test('neither a mapping nor an id that is spelt out hides two fields of one name, or JSON that is none', async () => {
	const lines = [
		`${orderLine({ order_id: '1.0' }).slice(0, -1)},"user_id":"u2"}`,
		`${orderLine({ order_id: '1.0' }).slice(0, -1)},}`,
		orderLine({ order_id: '1.0', extra: 'NaN' }),
	];
	const told = [
		'orders.ndjson:1 unparsable: the record has two fields of one name',
		'orders.ndjson:2 unparsable: the line is not strict JSON: a trailing comma, or NaN or Infinity',
		'orders.ndjson:3 unparsable: the line is not strict JSON: a trailing comma, or NaN or Infinity',
	];
	const files = { 'orders.ndjson': lines.join('\n') };
	expect((await ingestFiles(files)).quarantine).toEqual(told);
	const map = { orders: { constants: { status: 'completed' } } };
	expect((await ingestFiles(files, { map })).quarantine).toEqual(told);
});

test('a record that is nested very deep is rejected, and the others are taken', async () => {
	const nested = (levels: number, more = '') =>
		orderLine({ extra: `${'['.repeat(levels)}1${']'.repeat(levels)}${more}` });
	const lines = [
		nested(999),
		nested(1000),
		nested(500_000, ',"_line":1'),
		orderLine({ extra: `"${'['.repeat(5000)}"` }),
	];
	for (const map of [undefined, { orders: { constants: { status: 'completed' } } }]) {
		const { bronze, quarantine } = await ingestFiles({ 'orders.ndjson': lines.join('\n') }, map ? { map } : {});
		expect(bronze.map(({ _line }) => _line)).toEqual([1, 4]);
		expect(quarantine).toEqual(
			[2, 3].map((line) => `orders.ndjson:${line} unparsable: the record is nested more than 1000 levels deep`),
		);
	}
});

test('fields called as objects of JavaScript call their own parts are kept, whatever the format', async () => {
	const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
	const json = orderLine(Object.fromEntries(names.map((name) => [name, '"x"'])));
	const csv = `order_id,user_id,order_date,total_amount,status,${names.join(',')}\no1,u1,2026-11-20,1.00,pending,x,x,x,x\n`;
	for (const files of [{ 'orders.ndjson': json }, { 'orders.csv': csv }]) {
		const { bronze } = await ingestFiles(files as Record<string, string>);
		const extra = bronze[0]?._extra as Record<string, unknown>;
		expect(names.filter((name) => Object.hasOwn(extra, name) && extra[name] === 'x')).toEqual(names);
	}
});

test.each<[string, string, number]>([
	[
		'orders.ndjson',
		`${orderLine({ _line: '9', _file: '1' })}\n${orderLine({ _line: '1', _file: '"x"', status: '"completed"' })}`,
		1,
	],
	[
		'orders.csv',
		'_line,_file,order_id,user_id,order_date,total_amount,status\n9,1,o1,u1,2026-11-20,1.00,pending\n1,x,o1,u1,2026-11-20,1.00,completed\n',
		2,
	],
])('%s: fields called as Bronze calls a record’s position do not disturb it', async (name, text, firstLine) => {
	const store = new MemoryStore();
	const { bronze } = await ingestFiles({ [name]: text }, {}, store);
	const positions = bronze.map((record) => [record._file, record._line]);
	const fields = bronze.map(({ _extra }) => _extra as { _file: unknown; _line: unknown });
	expect(positions).toEqual([
		[0, firstLine],
		[0, firstLine + 1],
	]);
	expect(fields.map(({ _file, _line }) => [String(_file), String(_line)])).toEqual([
		['1', '9'],
		['x', '1'],
	]);
	expect(await cleaned(store, 'orders')).toMatchObject([{ order_id: 'o1', status: 'completed' }]);
});
