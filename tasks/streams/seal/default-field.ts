import { splitMembers } from '../../platform/json-members';

/**
 * The record with `value` in a field that is absent or empty; undefined if the field has a value or the line is not a JSON
 * object. The rest of the record keeps its text.
 */
export function withDefault(line: string, field: string, value: string): string | undefined {
	const record = parseObject(line);
	if (record === undefined || !isEmpty(record[field])) return undefined;
	const members = splitMembers(line);
	const isPresent = members.some(([name]) => name === field);
	const all = isPresent ? members : [...members, [field, ''] as const];
	const json = (name: string, original: string) => (name === field ? JSON.stringify(value) : original);
	return `{${all.map(([name, original]) => `${JSON.stringify(name)}:${json(name, original)}`).join(',')}}`;
}

const isEmpty = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

function parseObject(line: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(line);
		const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
		return isObject ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}
