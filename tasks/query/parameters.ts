import { literal } from '../platform/duckdb/quote';
import { DataRefusedError, UsageError } from '../platform/errors';
import { tokenize, usedParameters } from './sql-tokens';

const types = ['text', 'int', 'decimal', 'date'] as const;
type ParameterType = (typeof types)[number];

/** A parameter that a file declares in a comment line: `-- :top int = 20   how many rows`. */
export interface Parameter {
	readonly name: string;
	readonly type: ParameterType;
	/** The default; null if a value has to be given. */
	readonly value: string | null;
	readonly meaning: string;
}

const declaration = new RegExp(
	`^--[ \\t]*:([A-Za-z_]\\w*)[ \\t]+(${types.join('|')})\\b(?:[ \\t]*=[ \\t]*('(?:[^']|'')*'|\\S+))?[ \\t]*(.*)$`,
	'gm',
);

/**
 * The parameters of a file: the declared ones, then the undeclared ones that it uses, which are text. Throws
 * DataRefusedError for a name declared twice, and for a default of the wrong type.
 */
export function listParameters(sql: string): Parameter[] {
	const declared = [...sql.matchAll(declaration)].map(([, name = '', type, value, meaning = '']) => ({
		name,
		type: type as ParameterType,
		value: value === undefined ? null : value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value,
		meaning,
	}));
	const known = new Set<string>();
	for (const { name, type, value } of declared) {
		if (known.has(name)) throw new DataRefusedError(`The query declares :${name} twice. Keep one declaration.`);
		known.add(name);
		if (value === null || isOfType(value, type)) continue;
		throw new DataRefusedError(
			`The query declares :${name} ${type} = ${value}: the default must be ${typeNames[type]}.`,
		);
	}
	const used = new Set(usedParameters(sql).filter((name) => !known.has(name)));
	return [...declared, ...[...used].map((name) => ({ name, type: 'text' as const, value: null, meaning: '' }))];
}

/**
 * The parameters with the values of the command line (`name=value`) instead of the defaults. Throws UsageError for an
 * unknown or repeated name, a missing value, a value of the wrong type, and an interval that ends before it begins.
 */
export function withValues(
	parameters: readonly Parameter[],
	given: readonly string[],
): (Parameter & { value: string })[] {
	const values = new Map<string, string>();
	for (const text of given) {
		const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
		if (name === undefined || value === undefined) throw new UsageError(`--param ${text}: write it as name=value.`);
		if (values.has(name)) throw new UsageError(`--param ${name} is given twice. Give it once.`);
		values.set(name, value);
	}
	const names = parameters.map(({ name }) => name);
	for (const name of values.keys()) {
		if (names.includes(name)) continue;
		const known = names.length > 0 ? `its parameters are ${names.join(', ')}` : 'it has no parameters';
		throw new UsageError(`--param ${name}: the query has no such parameter; ${known}.`);
	}
	const valued = parameters.map((parameter) => {
		const value = values.get(parameter.name) ?? parameter.value;
		if (value === null) {
			throw new UsageError(
				`The query needs :${parameter.name} (${parameter.type}); set it with --param ${parameter.name}=…`,
			);
		}
		if (!isOfType(value, parameter.type)) {
			throw new UsageError(`--param ${parameter.name}=${value}: the value must be ${typeNames[parameter.type]}.`);
		}
		return { ...parameter, value };
	});
	checkInterval(valued);
	return valued;
}

/** Throws UsageError if the dates `from` and `to` are in the wrong order: no row would be between them. */
function checkInterval(parameters: readonly (Parameter & { value: string })[]): void {
	const findDate = (wanted: string) => parameters.find(({ name, type }) => name === wanted && type === 'date')?.value;
	const [from, to] = [findDate('from'), findDate('to')];
	if (from === undefined || to === undefined || from <= to) return;
	throw new UsageError(`--param from=${from} is after --param to=${to}.`);
}

/** The statement with each `:name` replaced; a replacement of the same length keeps all positions. */
export function replaceParameters(sql: string, replacement: (name: string) => string): string {
	let text = '';
	let from = 0;
	for (const { kind, name, start, end } of tokenize(sql)) {
		if (kind !== 'parameter') continue;
		text += sql.slice(from, start) + replacement(name);
		from = end;
	}
	return text + sql.slice(from);
}

/** A value as an SQL literal, like Athena's own execution parameters, which Athena inserts as text. */
export function asLiteral({ type, value }: { type: ParameterType; value: string }): string {
	// After a minus sign, a second one would start a comment.
	const number = value.startsWith('-') ? `(${value})` : value;
	const literals = { text: literal(value), int: number, decimal: number, date: `date ${literal(value)}` };
	return literals[type];
}

const typeNames: Readonly<Record<ParameterType, string>> = {
	text: 'text',
	int: 'a whole number',
	decimal: 'a decimal number such as 12.50',
	date: 'a date such as 2026-11-20',
};

function isOfType(value: string, type: ParameterType): boolean {
	if (type === 'int') return /^-?\d{1,18}$/.test(value);
	if (type === 'decimal') return /^-?\d{1,12}(\.\d{1,6})?$/.test(value);
	if (type === 'date') return /^\d{4}-\d\d-\d\d$/.test(value) && new Date(value).toJSON()?.slice(0, 10) === value;
	return true;
}
