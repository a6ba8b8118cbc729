import { UsageError } from '../platform/errors';
import { listParameters, type Parameter, withValues } from '../query/parameters';
import { usedParameters } from '../query/sql-tokens';
import type { SqlSource } from './sql-source';

/**
 * The values of a source's parameters: those given as `name=value`, else those of the project, else the defaults. Throws
 * UsageError for a name that the source does not have, one given twice, and one that a statement uses and the settings
 * don't list.
 */
export function parameterValues(
	source: SqlSource,
	given: readonly string[],
	ofProject: Readonly<Record<string, string>> = {},
): Record<string, string> {
	const { parameters } = source.settings;
	const names = Object.keys(parameters);
	const known = names.length > 0 ? `its parameters are ${names.join(', ')}` : 'it has no parameters';
	const values = new Map(
		Object.entries(parameters).map(([name, { default: value }]) => [name, ofProject[name] ?? value]),
	);
	const seen = new Set<string>();
	for (const text of given) {
		const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
		if (name === undefined || value === undefined) throw new UsageError(`--param ${text}: write it as name=value.`);
		if (seen.has(name)) throw new UsageError(`--param ${name} is given twice. Give it once.`);
		if (!values.has(name)) throw new UsageError(`--param ${name}: ${source.name} has no such parameter; ${known}.`);
		seen.add(name);
		values.set(name, value);
	}
	for (const { file, sql } of [...source.views, ...source.datasets]) {
		const unknown = usedParameters(sql).find((name) => !values.has(name));
		if (unknown === undefined) continue;
		throw new UsageError(
			`${file} uses :${unknown}, which source.json does not list: add it to "parameters", with a default and a description.`,
		);
	}
	return Object.fromEntries(values);
}

/** The parameters of a statement, typed as its header says, with these values. Throws UsageError for a value of another type. */
export function typedParameters(
	sql: string,
	values: Readonly<Record<string, string>>,
): (Parameter & { value: string })[] {
	const parameters = listParameters(sql);
	const given = parameters.flatMap(({ name }) => (name in values ? [`${name}=${values[name]}`] : []));
	return withValues(parameters, given);
}
