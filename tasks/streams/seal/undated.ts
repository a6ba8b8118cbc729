import { splitMembers } from '../../platform/json-members';

/**
 * A record in which `value` stands in for a field that is absent or empty; undefined where the field has something, or the
 * line is no JSON object. All else of the record stays as it is written.
 */
export function withDefault(line: string, field: string, value: string): string | undefined {
	const record = parseObject(line);
	if (record === undefined || !isEmpty(record[field])) return undefined;
	const members = splitMembers(line);
	const isThere = members.some(([name]) => name === field);
	const all = isThere ? members : [...members, [field, ''] as const];
	const text = (name: string, own: string) => (name === field ? JSON.stringify(value) : own);
	return `{${all.map(([name, own]) => `${JSON.stringify(name)}:${text(name, own)}`).join(',')}}`;
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
