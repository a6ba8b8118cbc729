import type { Dataset, Field } from '../../contracts';
import { readNumber } from '../../contracts/number-text';
import { compileRules, type Fault, type FieldText } from '../../contracts/validate';
import { isNestedTooDeep, nestedTooDeep } from '../../platform/json-depth';
import { splitMembers } from '../../platform/json-members';

/** A validated record: the texts of its fields, and the first rule that it breaks. */
export interface ValidatedRecord {
	readonly values: ReadonlyMap<string, string>;
	readonly fault: Fault | undefined;
}

/**
 * A function that validates the text of one record of a dataset as ingestion will.
 * `lastDay` is the last day that is not in the future, counted from 1970-01-01.
 */
export function recordValidator(dataset: Dataset): (record: string, lastDay: number) => ValidatedRecord {
	const findFault = compileRules(dataset);
	const fields = Object.entries(dataset.fields);
	return (record, lastDay) => {
		const members = parseObject(record);
		if ('rule' in members) return { values: new Map(), fault: members };
		const values = new Map(fields.map(([name, { type }]) => [name, readField(type, members.get(name))]));
		const texts = new Map([...values].flatMap(([name, { text }]) => (text === null ? [] : [[name, text]])));
		return { values: texts, fault: findFault((field) => values.get(field) ?? noText, lastDay) };
	};
}

/** The members of a record by name, or why it can't be parsed. */
function parseObject(record: string): ReadonlyMap<string, string> | Fault {
	const unparsable = (message: string): Fault => ({ rule: 'unparsable', message });
	if (isNestedTooDeep(record)) return unparsable(nestedTooDeep);
	let value: unknown;
	try {
		value = JSON.parse(record);
	} catch {
		return unparsable('the line is not a JSON object');
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value) || hasLoneSurrogate(record)) {
		return unparsable('the line is not a JSON object');
	}
	const members = splitMembers(record);
	const byName = new Map(members);
	return byName.size === members.length ? byName : unparsable('the record has two fields of one name');
}

/** Whether an escape stands for a lone surrogate (half of a character), which UTF-8 can't encode. */
function hasLoneSurrogate(json: string): boolean {
	if (!/\\u[dD]/.test(json)) return false;
	// Both halves of a pair are escaped, one right after the other: `end` is where the first one ends.
	let end = -1;
	for (const { 0: sign, index } of json.matchAll(/\\(?:u[0-9a-fA-F]{4}|[^u])/g)) {
		const isSecond = /^\\ud[c-f]/i.test(sign);
		if (end >= 0 !== isSecond || (isSecond && index !== end)) return true;
		end = /^\\ud[89ab]/i.test(sign) ? index + sign.length : -1;
	}
	return end >= 0;
}

const noText: FieldText = { text: null, isScalar: true };

/** The text of a field that the rules go by, from its JSON. */
function readField(type: Field['type'], json = 'null'): FieldText {
	if (json === 'null') return noText;
	if (json.startsWith('"')) return { text: (JSON.parse(json) as string).trim() || null, isScalar: true };
	if (/^[{[tf]/.test(json)) return { text: json, isScalar: false };
	const { text, isPlain } = readNumber(json, type);
	return { text, isScalar: isPlain };
}
