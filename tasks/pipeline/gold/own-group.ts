import { neededBy } from '../../engine';
import { parseStatement } from '../../engine/statement';
import { fill } from '../../platform/duckdb/fill';
import { ConfigurationError } from '../../platform/errors';
import type { ProjectGoldTable } from '../../project';
import type { DailyGroup } from './daily-table';
import { type SilverName, silverNames } from './sources';

/** The table of Silver that has the dates of a partition column. */
const datesOf: Readonly<Record<string, SilverName>> = {
	order_date: 'orders',
	event_date: 'events',
	sale_date: 'gadget_sales',
};

type Statements = Readonly<Record<string, string>>;

/**
 * The groups of a project's tables of dates, one each, so that none holds up another table. A table is computed from
 * Silver alone: what it reads of other Gold tables is computed with it.
 */
export function ownGroups(own: readonly ProjectGoldTable[], product: Statements): DailyGroup[] {
	for (const { name, contract, sql, file, audit } of own) {
		checkExpressions(file, sql);
		if (audit) checkExpressions(audit.file, audit.sql);
		if (!(silverNames as readonly string[]).includes(name) && product[name] === undefined) continue;
		throw new ConfigurationError(`${contract}: statements know another ${name}. Give the file another name.`);
	}
	const daily = own.filter(({ table }) => table.partition !== null);
	const statements = { ...product, ...Object.fromEntries(daily.map(({ name, sql }) => [name, sql])) };
	const groups = daily.map((table) => ownGroup(table, statements));
	// A table has all steps of those that it reads: their mistakes are found first.
	return groups.sort((a, b) => Object.keys(a.steps).length - Object.keys(b.steps).length);
}

function ownGroup(own: ProjectGoldTable, statements: Statements): DailyGroup {
	const { name, table, sql, audit, file } = own;
	requireKnownInputs(file, sql, Object.keys(statements));
	if (audit) requireKnownInputs(audit.file, audit.sql, Object.keys(statements));
	const read = new Set([sql, ...(audit ? [audit.sql] : [])].flatMap((text) => neededBy(text, statements)));
	const { [name]: _, ...steps } = Object.fromEntries([...read].map((step) => [step, statements[step] as string]));
	return { dates: datesOf[table.partition?.column ?? ''] as SilverName, steps, tables: { [name]: { sql } }, own };
}

/** Throws ConfigurationError where a statement uses an expression that is not there. */
function checkExpressions(file: string, sql: string): void {
	try {
		fill(sql, {});
	} catch (error) {
		throw new ConfigurationError(`${file}: ${(error as Error).message}; there is {half_up(a, b)}.`);
	}
}

/** Throws ConfigurationError where a statement reads what is in neither Silver nor Gold. */
function requireKnownInputs(file: string, sql: string, statements: readonly string[]): void {
	const known = [...silverNames, ...statements];
	const unknown = parseStatement(sql).inputs.find((name) => !known.includes(name));
	if (unknown === undefined) return;
	throw new ConfigurationError(`${file}: 'Inputs:' names ${unknown}, which is not one of ${known.join(', ')}.`);
}
