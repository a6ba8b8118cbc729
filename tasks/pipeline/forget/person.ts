import { type Dataset, datasets } from '../../contracts';
import { CsvCutter, type Delimiter } from '../../platform/csv';

/** The person to forget: the user id, and the orders whose lines go with it. */
export interface Person {
	readonly id: string;
	readonly orders: ReadonlySet<string>;
}

/**
 * What a record has to do with a person. It is the person's `own`. Or it is somebody else's, or a product, and mentions the
 * person as the value of a further field (`mention`). Or the id occurs in it otherwise (`near`): within a longer text, or
 * as the value of a field with another meaning.
 */
export type Match = 'own' | 'mention' | 'near' | undefined;

/** The columns of a table of text, and what divides its values. */
export interface TextTable {
	readonly header: readonly string[];
	readonly delimiter: Delimiter;
}

const userField = 'user_id';
const orderField = 'order_id';
/** Fields with a meaning of their own: a product of the same id is not the person. */
const otherFields = new Set(
	(Object.values(datasets) as readonly Dataset[]).flatMap(({ fields }) => Object.keys(fields)),
);
otherFields.delete(userField);

/** A number with more digits than parsing JSON keeps. */
const longNumber = /^\d{16,}$/;

/** Finds out what the text of a record has to do with a person: a JSON value, a line of a table, or anything else. */
export function matchRecord(person: Person, text: string, table?: TextTable): Match {
	if (!mayMention(person, text)) return undefined;
	const json = parseJson(text);
	if (json !== undefined) return matchJson(person, json, text);
	const values = table && splitLine(text, table);
	if (table && values?.length === table.header.length) {
		const fields = table.header.map((name, index) => [name.trim(), values[index] as string] as const);
		return matchFields(person, fields, text);
	}
	if (wholeValue(person.id).test(text)) return 'own';
	return mentions(person, text) ? 'near' : undefined;
}

/** The same for fields that no contract names, as Bronze keeps them. */
export function matchExtra(person: Person, extra: string): Match {
	const json = parseJson(extra);
	if (json !== undefined && holdsValue(json, person.id)) return 'mention';
	return mentions(person, extra) ? 'near' : undefined;
}

/** The id of the order that a record names; undefined if it names none. */
export function findOrderId(text: string, table?: TextTable): string | undefined {
	const json = parseJson(text);
	const values = json === undefined && table ? splitLine(text, table) : undefined;
	const value = json
		? (json as Readonly<Record<string, unknown>>)[orderField]
		: values?.[table?.header.findIndex((name) => name.trim() === orderField) ?? -1];
	return textOf(value) || undefined;
}

/** The text of a record that mentions a person, without the values that do: members are left out, columns are empty. */
export function redact(person: Person, text: string, table?: TextTable): string {
	const json = parseJson(text);
	if (json !== undefined) return JSON.stringify(withoutValue(json, person.id));
	const values = table && splitLine(text, table);
	if (!table || !values) return text;
	const quoted = (value: string) =>
		/["\r\n]/.test(value) || value.includes(table.delimiter) ? `"${value.replaceAll('"', '""')}"` : value;
	const isMention = (value: string, place: number) =>
		isValue(value, person.id) && !otherFields.has(table.header[place]?.trim() ?? '');
	return values.map((value, place) => (isMention(value, place) ? '' : quoted(value))).join(table.delimiter);
}

/** Whether the id occurs anywhere in a text, as it is or as JSON escapes it. */
export const mentions = ({ id }: Pick<Person, 'id'>, text: string): boolean =>
	spellings(id).some((spelling) => text.includes(spelling));

/** How a text may spell an id: as it is, as a JSON string, and with escapes of everything that is not ASCII. */
export function spellings(id: string): string[] {
	const json = JSON.stringify(id).slice(1, -1);
	const escaped = [(code: string) => code, (code: string) => code.toUpperCase()].map((spell) =>
		json.replace(/[^\x20-\x7e]/g, (letter) => `\\u${spell(letter.charCodeAt(0).toString(16).padStart(4, '0'))}`),
	);
	return [...new Set([id, json, ...escaped])];
}

/** A quick test that most texts fail. */
const mayMention = (person: Person, text: string): boolean =>
	mentions(person, text) ||
	text.includes('\\u') ||
	(person.orders.size > 0 && text.includes(orderField)) ||
	isLine(text);
/** A line of a table may name an order without saying so. */
const isLine = (text: string): boolean => !/^\s*[{[]/.test(text);

function parseJson(text: string): object | undefined {
	if (!/^\s*[{[]/.test(text)) return undefined;
	try {
		return JSON.parse(text) as object;
	} catch {
		return undefined;
	}
}

function matchJson(person: Person, json: object, text: string): Match {
	if (Array.isArray(json)) return holdsValue(json, person.id) ? 'own' : mentions(person, text) ? 'near' : undefined;
	// A number of so many digits is not parsed exactly.
	if (longNumber.test(person.id) && wholeValue(person.id).test(text)) return 'own';
	return matchFields(person, Object.entries(json), text);
}

function matchFields(person: Person, fields: readonly (readonly [string, unknown])[], text: string): Match {
	const field = (wanted: string) => textOf(fields.find(([name]) => name === wanted)?.[1]);
	const user = field(userField);
	if (user === person.id) return 'own';
	if (user === '' && person.orders.has(field(orderField))) return 'own';
	const isMentioned = fields.some(([name, value]) => !otherFields.has(name) && holdsValue(value, person.id));
	const isProduct = field('product_id') !== '' && field('name') !== '';
	if (isMentioned) return user === '' && !isProduct ? 'own' : 'mention';
	return mentions(person, text) ? 'near' : undefined;
}

const textOf = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

function withoutValue(json: unknown, id: string, isTop = true): unknown {
	if (Array.isArray(json)) {
		return json.filter((value) => !isValue(value, id)).map((value) => withoutValue(value, id, false));
	}
	if (typeof json !== 'object' || json === null) return json;
	const kept = Object.entries(json).filter(([name, value]) => !isValue(value, id) || (isTop && otherFields.has(name)));
	return Object.fromEntries(kept.map(([name, value]) => [name, withoutValue(value, id, false)]));
}

/** Whether a JSON value is the id, or has it anywhere as a value. */
function holdsValue(json: unknown, id: string): boolean {
	if (typeof json === 'object' && json !== null) return Object.values(json).some((value) => holdsValue(value, id));
	return isValue(json, id);
}

const isValue = (value: unknown, id: string): boolean =>
	(typeof value === 'string' || typeof value === 'number') && String(value).trim() === id;

function splitLine(text: string, { delimiter }: TextTable): readonly string[] | undefined {
	try {
		const [record, ...others] = new CsvCutter(Number.POSITIVE_INFINITY, 1, delimiter).cut(text, { isLast: true });
		return others.length === 0 ? record?.values : undefined;
	} catch {
		return undefined;
	}
}

const patterns = new Map<string, RegExp>();
/** Finds an id as a whole value in a text that can't be parsed: between quotes, delimiters or brackets. */
function wholeValue(id: string): RegExp {
	const known = patterns.get(id);
	if (known) return known;
	const anySpelling = spellings(id)
		.map((spelling) => spelling.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
		.join('|');
	const pattern = new RegExp(`(^|[,;\\t|"':=>[{(\\r\\n])\\s*(${anySpelling})\\s*($|[,;\\t|"'<\\]})\\r\\n])`);
	patterns.set(id, pattern);
	return pattern;
}
