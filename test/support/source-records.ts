import * as fc from 'fast-check';
import { type DatasetName, Numeral, type SourceRecord, type Value } from './model';

/** A record's canonical values, before a source spells them in its own way. */
export type CanonicalRecord = Readonly<Record<string, string | null>>;
/** The records of a shop that sources choose from. */
export type Pool = Readonly<Record<DatasetName, readonly CanonicalRecord[]>>;

const userIds = ['u1', 'u2', 'Ümit'] as const;
/** Around the batches' own dates, and just inside and outside of the windows of 7, 28 and 30 days before. */
const orderDates = ['2026-10-20', '2026-10-24', '2026-11-14', '2026-11-19', '2026-11-20', '2026-11-21'] as const;

/** Two days, and hours that are just inside and outside of the 24 before one another. */
const saleTimes = [
	'2026-11-19T09:59:59.500Z',
	'2026-11-19T10:00:00Z',
	'2026-11-19T23:30:00Z',
	'2026-11-20T00:00:00Z',
	'2026-11-20T10:59:00Z',
	'2026-11-20T15:00:00Z',
] as const;

const amounts = fc.constantFrom('0.00', '0.01', '10.00', '10.01', '2999999.99');
const few = fc.constantFrom('1', '2', '3', '2', '1000000');
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 2 });

/** Few ids, so that records collide all the time, or many, so that most keys have one record. */
const numbered = (letter: string, count: number) =>
	Array.from({ length: count }, (_, place) => `${letter}${place + 1}`);
const narrow = { orders: ['o1', 'o2', 'o3', '44'], products: ['p1', 'p2', '303'], events: ['e1', 'e2', 'e3'] };
const wide = {
	orders: [...numbered('o', 14), '44'],
	products: [...numbered('p', 5), '303'],
	events: numbered('e', 15),
};

const several = <T>(arbitrary: fc.Arbitrary<T>, minLength: number, maxLength: number) =>
	fc.array(arbitrary, { minLength, maxLength, size: 'max' });

const arbitraryPool = (ids: typeof narrow, times: number): fc.Arbitrary<Pool> => {
	const orders = fc.record({
		order_id: fc.constantFrom(...ids.orders),
		user_id: fc.constantFrom(...userIds),
		order_date: fc.constantFrom(...orderDates),
		total_amount: amounts,
		status: fc.constantFrom('pending', 'completed', 'completed', 'returned', 'cancelled'),
	});
	const orderItems = fc.record({
		order_id: fc.constantFrom(...ids.orders, 'never'),
		line_number: fc.option(fc.constantFrom('1', '2', '3'), { freq: 2 }),
		product_id: fc.constantFrom(...ids.products),
		quantity: few,
		unit_price: amounts,
	});
	const products = fc.record({
		product_id: fc.constantFrom(...ids.products),
		name: fc.constantFrom('Pen, "blue"', 'Pen', 'Größe'),
		category: fc.constantFrom('Office', 'Garden'),
		price: amounts,
		rating: maybe(fc.constantFrom('0', '4.5', '5')),
		current_stock: maybe(fc.constantFrom('0', '1', '2000000')),
		forecasted_demand: maybe(fc.constantFrom('0', '7')),
	});
	const events = fc.record({
		event_id: fc.constantFrom(...ids.events),
		event_type: fc.constantFrom('product_view', 'add_to_cart', 'remove_from_cart', 'purchase'),
		user_id: fc.constantFrom(...userIds),
		product_id: fc.constantFrom(...ids.products),
		event_time: fc.constantFrom('2026-11-19T23:30:00Z', '2026-11-20T10:00:00Z', '2026-11-20T10:00:00.250Z'),
		session_id: maybe(fc.constantFrom('s1', 's2')),
		quantity: maybe(few),
		price: maybe(amounts),
	});
	const gadgetSales = fc.record({
		orderid: fc.constantFrom('7421', '1000'),
		product_name: fc.constantFrom('Laptop', 'Größe', 'Charger'),
		quantity: few,
		price: amounts,
		event_type: fc.constantFrom('INSERT', 'MODIFY', 'UNKNOWN', 'REMOVE'),
		event_time: fc.constantFrom(...saleTimes),
		event_id: fc.option(fc.constantFrom(...ids.events), { freq: 3 }),
	});
	return fc.record({
		orders: several(orders, 3 * times, 8 * times),
		order_items: several(orderItems, 4 * times, 10 * times),
		products: several(products, 2 * times, 5 * times),
		events: several(events, 3 * times, 7 * times),
		gadget_sales: several(gadgetSales, 3 * times, 9 * times),
	});
};

export const pools: fc.Arbitrary<Pool> = fc.oneof(arbitraryPool(narrow, 1), arbitraryPool(wide, 2));

/** Which record of the pool a source sends, how it spells it, and what is wrong with it. */
export interface RecordSketch {
	readonly which: number;
	readonly spelling: number;
	readonly dirt: Dirt | null;
}

type Dirt = Corruption | 'blank' | 'broken' | 'array' | 'missing' | 'empty' | 'overflow' | 'control' | 'long';
/** A way of corrupting a record that needs a field of its dataset. */
type Corruption = 'type' | 'enum' | 'range' | 'date' | 'early' | 'offset';

export const recordSketches: fc.Arbitrary<RecordSketch> = fc.record({
	which: fc.nat(19),
	spelling: fc.nat(99),
	dirt: fc.oneof(
		{ withCrossShrink: true },
		{ weight: 9, arbitrary: fc.constant(null) },
		{
			weight: 1,
			arbitrary: fc.constantFrom<Dirt>(
				...(['blank', 'broken', 'array', 'missing', 'empty', 'overflow', 'type', 'enum', 'range', 'date'] as const),
				...(['control', 'long', 'early', 'offset'] as const),
			),
		},
	),
});

/** The field to corrupt and its value, by dataset; where a dataset has no such rule, another of its rules. */
const corruptValues: Readonly<Record<DatasetName, Readonly<Record<Corruption, readonly [string, Value]>>>> = {
	orders: {
		type: ['total_amount', 'ten'],
		enum: ['status', 'Completed'],
		range: ['total_amount', '-0.005'],
		date: ['order_date', '2026-02-30'],
		early: ['order_date', '1970-01-01T00:30:00 +01:00'],
		offset: ['order_date', '2026-11-20T10:00:00+14:30'],
	},
	order_items: {
		type: ['quantity', '1.5'],
		enum: ['line_number', 'first'],
		range: ['quantity', 0],
		date: ['unit_price', '9999999999.995'],
		early: ['quantity', '-0'],
		offset: ['unit_price', '-0.01'],
	},
	products: {
		type: ['current_stock', '2147483648'],
		enum: ['rating', 'good'],
		range: ['rating', new Numeral('5.01')],
		date: ['price', -1],
		early: ['current_stock', -1],
		offset: ['rating', '5.5'],
	},
	events: {
		type: ['quantity', 'two'],
		enum: ['event_type', 'click'],
		range: ['price', '-1'],
		date: ['event_time', '2026-11-31T10:00:00Z'],
		early: ['event_time', '0001-01-01T00:00:00+14:00'],
		offset: ['event_time', '2026-11-20 10:00:00 -1500'],
	},
	gadget_sales: {
		type: ['quantity', 'two'],
		enum: ['price', 'free'],
		range: ['quantity', -1],
		date: ['event_time', '2026-11-31T10:00:00Z'],
		early: ['event_time', '0001-01-01T00:00:00+14:00'],
		offset: ['event_time', '2026-11-20 10:00:00 -1500'],
	},
};

/** Values that Silver's types can't hold; each value of a line fits, but their product doesn't. */
const tooLarge: Readonly<Record<DatasetName, Readonly<Record<string, Value>>>> = {
	orders: { total_amount: new Numeral('1e10') },
	order_items: { quantity: 2147483647, unit_price: '9999999999.99' },
	products: { price: '10000000000' },
	events: { price: 99999999999 },
	gadget_sales: { quantity: 2147483648 },
};

const required: Readonly<Record<DatasetName, string>> = {
	orders: 'user_id',
	order_items: 'quantity',
	products: 'category',
	events: 'event_type',
	gadget_sales: 'product_name',
};

/** A field that becomes a key. */
const keyed: Readonly<Record<DatasetName, string>> = {
	orders: 'user_id',
	order_items: 'product_id',
	products: 'category',
	events: 'product_id',
	gadget_sales: 'orderid',
};

/** A record as a source sends it. */
export function sourceRecord(pool: Pool, dataset: DatasetName, { which, spelling, dirt }: RecordSketch): SourceRecord {
	const candidates = pool[dataset];
	const canonical = candidates[which % candidates.length] as CanonicalRecord;
	const record: Record<string, Value> = {};
	for (const [position, [name, value]] of Object.entries(canonical).entries()) {
		const variants = value === null ? [null, '', ' '] : spellings(name, value);
		record[name] = variants[(spelling + position * (spelling % 7)) % variants.length] as Value;
		// An optional field may also be absent.
		if (value === null && spelling % 4 === 0) delete record[name];
	}
	if (spelling % 5 === 0) record.remark = `sent ${spelling}`;
	switch (dirt) {
		case null:
			return record;
		case 'blank':
			return spelling % 2 === 0 ? '' : '  ';
		case 'broken':
			return `{"order_id": "o1", "total_amount": ${spelling}`;
		case 'array':
			return '[{"order_id": "o1"}]';
		case 'missing':
			delete record[required[dataset]];
			return record;
		case 'empty':
			return { ...record, [required[dataset]]: ' ' };
		case 'control':
			return { ...record, [keyed[dataset]]: `a${['\0', '\x1b', '\x7f', '\x85'][spelling % 4]}b` };
		case 'long':
			return { ...record, [keyed[dataset]]: 'é'.repeat(512 + (spelling % 2)) };
		case 'overflow':
			return { ...record, ...tooLarge[dataset] };
		default: {
			const [name, value] = corruptValues[dataset][dirt];
			return { ...record, [name]: value };
		}
	}
}

/** A record as a row of CSV, if it can be one: the header has the required column even if no row fills it. */
export function asCsvRow(dataset: DatasetName, record: SourceRecord): SourceRecord[] {
	if (typeof record === 'string') return [];
	// CSV has no numbers, only their text.
	const texts = Object.entries(record).map(
		([name, value]) => [name, value === null ? null : valueText(value)] as const,
	);
	return [{ [required[dataset]]: null, ...Object.fromEntries(texts) }];
}

const valueText = (value: Value): string => (value instanceof Numeral ? value.text : String(value));

/** Ways of writing one value. All mean the same, except an id's decimal text in CSV, where it is a string. */
function spellings(name: string, value: string): readonly Value[] {
	if (/^(total_amount|unit_price|price)$/.test(name)) {
		const short = value.replace(/\.?0+$/, '') || '0';
		return [value, new Numeral(value), Number(value), ` ${value} `, `${value}0`, new Numeral(`${value}4`), short];
	}
	if (/^(quantity|line_number|current_stock|forecasted_demand)$/.test(name)) {
		return [Number(value), value, new Numeral(`${value}.0`), ` ${value}`, `${value}.0`];
	}
	if (name === 'rating') return [Number(value), value, `${value} `];
	if (name === 'order_date')
		return [
			...[value, ` ${value}`, `${value}T00:00:00Z`, `${value}T23:59:59.999Z`, `${value} 12:00:00 +0000`],
			nextMorning(value),
		];
	if (name === 'event_time') return timeSpellings(value);
	if (/^\d+$/.test(value)) {
		return [value, Number(value), ` ${value} `, new Numeral(`${value}.0`), new Numeral(`${value}0e-1`)];
	}
	return [value, value, ` ${value}`, `${value}\t`];
}

/** An instant on `date` in UTC that two hours further east falls on the next day. */
const nextMorning = (date: string): string =>
	`${new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10)}T01:30:00+02:00`;

function timeSpellings(time: string): readonly Value[] {
	const instant = Date.parse(time);
	const eastern = new Date(instant + 5.5 * 3600_000).toISOString().replace('Z', '+05:30');
	const seconds = instant % 1000 === 0 ? [instant / 1000, String(instant / 1000)] : [];
	return [time, eastern, instant, String(instant), ...seconds, time.replace('Z', ''), ` ${time} `];
}
