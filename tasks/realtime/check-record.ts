import type { Dataset, Field } from '../contracts';
import type { Rule } from '../contracts/rules';
import { typingOf } from '../contracts/typing';
import { membersOf } from '../shared/json-members';
import { comparable, limitOf } from './typed-value';

/** What is wrong with a record. */
export interface Fault {
	readonly rule: Rule;
	/** Undefined where the record can't be taken apart. */
	readonly field?: string;
	readonly message: string;
}
/** A record that was looked at: the texts of its fields, and the first rule that it breaks. */
export interface Checked {
	readonly values: ReadonlyMap<string, string>;
	readonly fault: Fault | undefined;
}

interface Value {
	/** Trimmed; null where nothing is left. */
	readonly text: string | null;
	readonly isScalar: boolean;
}

/**
 * Looks at one record, a text, as ingestion will: the same rules in the same order with the same messages.
 * @param lastDay the last day that is not in the future, counted from 1970-01-01
 */
export function checkRecord({ fields, eventTime }: Dataset, record: string, lastDay: number): Checked {
	const members = objectOf(record);
	if ('rule' in members) return { values: new Map(), fault: members };
	const values = new Map<string, Value>();
	for (const name of Object.keys(fields)) values.set(name, readValue(members.get(name)));
	const texts = new Map([...values].flatMap(([name, { text }]) => (text === null ? [] : [[name, text]])));
	return { values: texts, fault: firstFault(Object.entries(fields), values, eventTime, lastDay) };
}

function firstFault(
	fields: readonly (readonly [string, Field])[],
	values: ReadonlyMap<string, Value>,
	eventTime: string | null,
	lastDay: number,
): Fault | undefined {
	const of = (name: string) => values.get(name) ?? { text: null, isScalar: true };
	const fault = (rule: Rule, name: string, what: string): Fault => {
		const shown = [...(of(name).text ?? '')].slice(0, 80).join('');
		return { rule, field: name, message: `${name} is '${shown}', ${what}` };
	};
	for (const [field, { required }] of fields) {
		if (required && of(field).text === null) return { rule: 'missing', field, message: `${field} is absent or empty` };
	}
	const numbers = new Map<string, number>();
	for (const [name, field] of fields) {
		const { text, isScalar } = of(name);
		if (text === null) continue;
		const number = isScalar ? comparable(field.type, text) : undefined;
		if (number === undefined) return fault('type', name, `not ${typingOf(field).looksLike}`);
		numbers.set(name, number);
	}
	for (const [name, { oneOf }] of fields) {
		const { text } = of(name);
		if (oneOf && text !== null && !oneOf.includes(text)) return fault('enum', name, `not one of ${oneOf.join(', ')}`);
	}
	for (const [name, { type, atLeast, moreThan, atMost }] of fields) {
		const number = numbers.get(name);
		if (number === undefined) continue;
		if (atLeast !== undefined && number < limitOf(type, atLeast)) return fault('range', name, `less than ${atLeast}`);
		if (moreThan !== undefined && number <= limitOf(type, moreThan))
			return fault('range', name, `not more than ${moreThan}`);
		if (atMost !== undefined && number > limitOf(type, atMost)) return fault('range', name, `more than ${atMost}`);
	}
	if (eventTime !== null && (numbers.get(eventTime) ?? 0) > lastDay) {
		return fault('future', eventTime, 'more than a day after the batch’s as-of');
	}
	return undefined;
}

/** The members of a record by name, or why it can't be taken apart. */
function objectOf(record: string): ReadonlyMap<string, string> | Fault {
	const unparsable = (message: string): Fault => ({ rule: 'unparsable', message });
	let value: unknown;
	try {
		value = JSON.parse(record);
	} catch {
		return unparsable('the line is not a JSON object');
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value) || hasHalfCharacter(record, value)) {
		return unparsable('the line is not a JSON object');
	}
	const members = membersOf(record);
	const byName = new Map(members);
	return byName.size === members.length ? byName : unparsable('the record has two fields of one name');
}

/** Whether an escape stands for half of a character (a lone surrogate), which no UTF-8 text can hold. */
const hasHalfCharacter = (record: string, value: unknown): boolean =>
	/\\u[dD]/.test(record) && /(^|[^\\])(\\\\)*\\ud[89a-f]/.test(JSON.stringify(value));

function readValue(json: string | undefined): Value {
	if (json === undefined || json === 'null') return { text: null, isScalar: true };
	if (json.startsWith('"')) return { text: (JSON.parse(json) as string).trim() || null, isScalar: true };
	const isScalar = !/^[{[tf]/.test(json);
	return { text: isScalar ? numberText(json) : json, isScalar };
}

/** A number as ingestion reads it: whole ones keep all digits, others are doubles. */
function numberText(json: string): string {
	if (!/[.eE]/.test(json)) return json === '-0' ? '0' : json;
	const number = Number(json);
	if (!Number.isFinite(number)) return json;
	const text = Object.is(number, -0) ? '-0' : String(number);
	return /[.e]/.test(text) ? text.replace('e+', 'e') : `${text}.0`;
}
