import type { Dataset, Field } from '../../contracts';
import { hasControl, offsetTooLarge, type Rule, tooEarly, tooLong } from '../../contracts/rules';
import { fieldTyping } from '../../contracts/typing';
import { largestOffset, readIsoTime } from '../../platform/iso-time';
import { isNestedTooDeep, nestedTooDeep } from '../../platform/json-depth';
import { splitMembers } from '../../platform/json-members';
import { decimalText, numberText } from './number-text';
import { comparable, scaledLimit } from './typed-value';

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
	/** Whether it is text or a number. */
	readonly isScalar: boolean;
}

/**
 * Looks at one record, a text, as ingestion will: the same rules in the same order with the same messages.
 * @param lastDay the last day that is not in the future, counted from 1970-01-01
 */
export function checkRecord({ fields, eventTime }: Dataset, record: string, lastDay: number): Checked {
	const members = parseObject(record);
	if ('rule' in members) return { values: new Map(), fault: members };
	const values = new Map<string, Value>();
	for (const [name, { type }] of Object.entries(fields)) values.set(name, readValue(type, members.get(name)));
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
		if (number === undefined) return fault('type', name, `not ${fieldTyping(field).looksLike}`);
		const control = field.type === 'string' ? forbiddenControl.exec(text)?.[0] : undefined;
		if (control !== undefined) return { rule: 'type', field: name, message: hasControl(name, characterCode(control)) };
		numbers.set(name, number);
	}
	for (const [name, { oneOf }] of fields) {
		const { text } = of(name);
		if (oneOf && text !== null && !oneOf.includes(text)) return fault('enum', name, `not one of ${oneOf.join(', ')}`);
	}
	for (const [name, { type, atLeast, moreThan, atMost, mostBytes, notBefore }] of fields) {
		const { text } = of(name);
		const number = numbers.get(name);
		if (number === undefined || text === null) continue;
		if (atLeast !== undefined && number < scaledLimit(type, atLeast))
			return fault('range', name, `less than ${atLeast}`);
		if (moreThan !== undefined && number <= scaledLimit(type, moreThan))
			return fault('range', name, `not more than ${moreThan}`);
		if (atMost !== undefined && number > scaledLimit(type, atMost)) return fault('range', name, `more than ${atMost}`);
		if (mostBytes !== undefined && Buffer.byteLength(text) > mostBytes) return fault('range', name, tooLong(mostBytes));
		if (notBefore !== undefined && number < toDay(notBefore)) return fault('range', name, tooEarly(notBefore));
		if (type === 'timestamp' && Math.abs(readIsoTime(text)?.offsetMinutes ?? 0) > largestOffset)
			return fault('range', name, offsetTooLarge);
	}
	if (eventTime !== null && (numbers.get(eventTime) ?? 0) > lastDay) {
		return fault('future', eventTime, 'more than a day after the batch’s as-of');
	}
	return undefined;
}

const dayMs = 24 * 3600_000;
const toDay = (date: string): number => Date.parse(date) / dayMs;

/** A control character that no text may have, as `contracts/rules.ts` has it. */
const forbiddenControl = /[^\P{Cc}\t\n\r]/u;
/** The code point of a character, such as U+001B. */
const characterCode = (character: string): string =>
	`U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The members of a record by name, or why it can't be taken apart. */
function parseObject(record: string): ReadonlyMap<string, string> | Fault {
	const unparsable = (message: string): Fault => ({ rule: 'unparsable', message });
	if (isNestedTooDeep(record)) return unparsable(nestedTooDeep);
	let value: unknown;
	try {
		value = JSON.parse(record);
	} catch {
		return unparsable('the line is not a JSON object');
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value) || hasHalfCharacter(record)) {
		return unparsable('the line is not a JSON object');
	}
	const members = splitMembers(record);
	const byName = new Map(members);
	return byName.size === members.length ? byName : unparsable('the record has two fields of one name');
}

/** Whether an escape stands for half of a character (a lone surrogate), which no UTF-8 text can hold. */
function hasHalfCharacter(json: string): boolean {
	if (!/\\u[dD]/.test(json)) return false;
	// Of a pair both halves are escaped, one right after the other: `end` is where the first one ends.
	let end = -1;
	for (const { 0: sign, index } of json.matchAll(/\\(?:u[0-9a-fA-F]{4}|[^u])/g)) {
		const isSecond = /^\\ud[c-f]/i.test(sign);
		if (end >= 0 !== isSecond || (isSecond && index !== end)) return true;
		end = /^\\ud[89ab]/i.test(sign) ? index + sign.length : -1;
	}
	return end >= 0;
}

function readValue(type: Field['type'], json: string | undefined): Value {
	if (json === undefined || json === 'null') return { text: null, isScalar: true };
	if (json.startsWith('"')) return { text: (JSON.parse(json) as string).trim() || null, isScalar: true };
	if (/^[{[tf]/.test(json)) return { text: json, isScalar: false };
	const text = numberText(json);
	const isRespelt = type === 'string' ? /[.eE]/.test(text) : /[eE]/.test(text) && type !== 'decimal(12,2)';
	if (!isRespelt) return { text, isScalar: true };
	const spelt = decimalText(text);
	return { text: spelt, isScalar: !/[eE]/.test(spelt) };
}
