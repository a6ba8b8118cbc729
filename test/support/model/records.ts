import { isRealDate, parseOffset, plusDays, readEpoch, readIsoTime } from './calendar';
import { centsOfText, magnitude, moneyText, plainText, power, readDecimal, toCents } from './numbers';

/** What a day of a shop consists of; live sales come by themselves. */
export const shopDatasets = ['orders', 'order_items', 'products', 'events'] as const;
export type ShopDataset = (typeof shopDatasets)[number];
export type DatasetName = ShopDataset | 'gadget_sales';
export const datasetNames: readonly DatasetName[] = [...shopDatasets, 'gadget_sales'];

/** A JSON number spelt as the source spelt it: `10.00` is not `10` to a reader of bytes. */
export class Numeral {
	constructor(readonly text: string) {}
}

export type Value = string | number | boolean | null | Numeral;
/** A record as a source has it, or the line of an NDJSON file. */
export type SourceRecord = Readonly<Record<string, Value>> | string;

/** The typed values of a record: amounts as text of two places, times in UTC. */
export type Typed = Readonly<Record<string, string | number | null>>;

/** The rules of domain.md in the order in which they are named. */
export const rules = ['unparsable', 'missing', 'type', 'enum', 'range', 'future'] as const;
export type Rule = (typeof rules)[number];

export type Judged = { readonly typed: Typed } | { readonly rule: Rule };

/** `key` is an id or a category: text that becomes a key. */
type Kind = 'text' | 'key' | 'whole' | 'money' | 'figure' | 'date' | 'time';
interface FieldRules {
	readonly kind: Kind;
	readonly optional?: true;
	readonly oneOf?: readonly string[];
	readonly inRange?: (value: number) => boolean;
}

const amount: FieldRules = { kind: 'money', inRange: (value) => value >= 0 };
const quantity: FieldRules = { kind: 'whole', inRange: (value) => value > 0 };
const text: FieldRules = { kind: 'text' };
const key: FieldRules = { kind: 'key' };

/** The fields of every dataset, in Silver's order. */
const fields: Readonly<Record<DatasetName, Readonly<Record<string, FieldRules>>>> = {
	orders: {
		order_id: key,
		user_id: key,
		order_date: { kind: 'date' },
		total_amount: amount,
		status: { kind: 'text', oneOf: ['pending', 'completed', 'returned', 'cancelled'] },
	},
	order_items: {
		order_id: key,
		line_number: { kind: 'whole', optional: true },
		product_id: key,
		quantity,
		unit_price: amount,
	},
	products: {
		product_id: key,
		name: text,
		category: key,
		price: amount,
		rating: { kind: 'figure', optional: true, inRange: (value) => value >= 0 && value <= 5 },
		current_stock: { kind: 'whole', optional: true, inRange: (value) => value >= 0 },
		forecasted_demand: { kind: 'whole', optional: true },
	},
	events: {
		event_id: key,
		event_type: { kind: 'text', oneOf: ['product_view', 'add_to_cart', 'remove_from_cart', 'purchase'] },
		user_id: key,
		product_id: key,
		event_time: { kind: 'time' },
		session_id: { kind: 'key', optional: true },
		quantity: { ...quantity, optional: true },
		price: { ...amount, optional: true },
	},
	gadget_sales: {
		orderid: key,
		product_name: text,
		quantity,
		price: amount,
		event_type: text,
		event_time: { kind: 'time' },
		event_id: { kind: 'key', optional: true },
	},
};

/** The fields of a dataset that the model knows: a column that was added to the contract since is not among them. */
export const fieldNames = (dataset: DatasetName): readonly string[] => Object.keys(fields[dataset]);

/** Types a record and tests it by the rules that look at it alone. `asOf` is the instant of its batch. */
export function judge(dataset: DatasetName, record: SourceRecord, asOf: string): Judged {
	const source = typeof record === 'string' ? parse(record) : record;
	if (source === undefined) return { rule: 'unparsable' };
	const typed: Record<string, string | number | null> = {};
	const broken = new Set<Rule>();
	for (const [name, field] of Object.entries(fields[dataset])) {
		const isText = field.kind === 'text' || field.kind === 'key';
		const written = isText ? toId(source[name]) : toText(source[name]);
		typed[name] = null;
		if (written === null) {
			if (!field.optional) broken.add('missing');
			continue;
		}
		const value = read[field.kind](written);
		if (value === undefined) broken.add('type');
		else {
			typed[name] = value;
			if (field.oneOf && !field.oneOf.includes(String(value))) broken.add('enum');
			if (field.inRange && !field.inRange(Number(value))) broken.add('range');
			if (isOutOfRange(field.kind, written, String(value))) broken.add('range');
		}
	}
	if (dataset === 'order_items' && !fitsLineAmount(typed)) broken.add('type');
	const date = readEventDate(dataset, typed);
	if (date !== null && date > plusDays(asOf.slice(0, 10), 1)) broken.add('future');
	const rule = rules.find((name) => broken.has(name));
	return rule ? { rule } : { typed };
}

/** Whether what Silver derives from a line, its amount, fits `decimal(18,2)`; true where a part of it is missing. */
function fitsLineAmount({ quantity, unit_price }: Typed): boolean {
	if (quantity == null || unit_price == null) return true;
	return magnitude(BigInt(quantity) * centsOfText(String(unit_price))) < power(18);
}

/** A blank line is not a record. */
export const isBlank = (record: SourceRecord): boolean => typeof record === 'string' && record.trim() === '';

function readEventDate(dataset: DatasetName, typed: Typed): string | null {
	const when = dataset === 'orders' ? typed.order_date : typed.event_time;
	return when == null ? null : String(when).slice(0, 10);
}

function parse(line: string): Readonly<Record<string, Value>> | undefined {
	try {
		const value: unknown = JSON.parse(line);
		const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
		return isObject ? (value as Record<string, Value>) : undefined;
	} catch {
		return undefined;
	}
}

/** A field's text, trimmed; null where it is absent or empty. */
function toText(value: Value | undefined): string | null {
	if (value === null || value === undefined) return null;
	const written = value instanceof Numeral ? value.text : String(value).trim();
	return written === '' ? null : written;
}

/** A text's text: an id given as a number is its decimal text, a whole number its integer text however it is typed. */
function toId(value: Value | undefined): string | null {
	const written = toText(value);
	if (written === null || !(value instanceof Numeral || typeof value === 'number')) return written;
	const number = readDecimal(written);
	return number ? plainText(number) : written;
}

/** What holds for every key, date and time, whatever its field. */
function isOutOfRange(kind: Kind, written: string, value: string): boolean {
	if (kind === 'key') return Buffer.byteLength(value) > 1024;
	if (kind === 'date' || kind === 'time') return value < '1970-01-01' || parseOffset(written) > 14 * 60;
	return false;
}

/** A control character that is neither a tab nor the end of a line. */
const control = /[^\P{Cc}\t\n\r]/u;
const plain = (written: string): string | undefined => (control.test(written) ? undefined : written);

/** Reads each kind of value from its text; undefined where the text is no such value or Silver's type can't hold it. */
const read: Readonly<Record<Kind, (written: string) => string | number | undefined>> = {
	text: plain,
	key: plain,
	whole: (written) => {
		const number = readDecimal(written);
		if (!number || number.digits % power(number.scale) !== 0n) return undefined;
		const value = number.digits / power(number.scale);
		return value === BigInt.asIntN(32, value) ? Number(value) : undefined;
	},
	money: (written) => {
		const number = readDecimal(written);
		const cents = number && toCents(number);
		return cents === undefined || magnitude(cents) >= power(12) ? undefined : moneyText(cents);
	},
	figure: (written) => (readDecimal(written) ? Number(written) : undefined),
	date: (written) => {
		if (/^\d{4}-\d{2}-\d{2}$/.test(written)) return isRealDate(written) ? written : undefined;
		return readIsoTime(written)?.slice(0, 10);
	},
	time: (written) => readEpoch(written) ?? readIsoTime(written),
};
