import type { Contracts } from '../../contracts';
import { neededBy } from '../../engine';
import { parseStatement } from '../../engine/statement';
import { fill } from '../../platform/duckdb/fill';
import { ConfigurationError } from '../../platform/errors';
import type { ProjectGoldTable } from '../../project';
import type { DailyGroup } from './daily-table';
import type { SilverName } from './sources';

/** The table of Silver that has the dates of a partition column: `order_items` has those of the orders. */
const findDates = ({ datasets }: Contracts, column: string | undefined): SilverName =>
	Object.values(datasets).find(({ partition }) => partition?.column === column)?.name as SilverName;

/** Throws ConfigurationError where a dataset of a project is named like what statements know already. */
export function checkDatasetNames({ own }: Contracts, statements: readonly string[]): void {
	for (const [name, { file }] of Object.entries(own)) {
		if (!statements.includes(name)) continue;
		throw new ConfigurationError(`${file}: statements know another ${name}. Give the file another name.`);
	}
}

type Statements = Readonly<Record<string, string>>;

/**
 * The groups of a project's tables of dates, one each, so that none holds up another table. A table is computed from
 * Silver alone: what it reads of other Gold tables is computed with it.
 */
export function ownGroups(own: readonly ProjectGoldTable[], product: Statements, contracts: Contracts): DailyGroup[] {
	for (const { name, contract, sql, file, audit } of own) {
		checkExpressions(file, sql);
		if (audit) checkExpressions(audit.file, audit.sql);
		if (!contracts.names.includes(name) && product[name] === undefined) continue;
		throw new ConfigurationError(`${contract}: statements know another ${name}. Give the file another name.`);
	}
	const daily = own.filter(({ table }) => table.partition !== null);
	const statements = { ...product, ...Object.fromEntries(daily.map(({ name, sql }) => [name, sql])) };
	const groups = daily.map((table) => ownGroup(table, statements, contracts));
	// A table has all steps of those that it reads: their mistakes are found first.
	return groups.sort((a, b) => Object.keys(a.steps).length - Object.keys(b.steps).length);
}

function ownGroup(own: ProjectGoldTable, statements: Statements, contracts: Contracts): DailyGroup {
	const { name, table, sql, audit, file } = own;
	const known = [...contracts.names, ...Object.keys(statements)];
	requireKnownInputs(file, sql, known);
	if (audit) requireKnownInputs(audit.file, audit.sql, known);
	const read = new Set([sql, ...(audit ? [audit.sql] : [])].flatMap((text) => neededBy(text, statements)));
	const { [name]: _, ...steps } = Object.fromEntries([...read].map((step) => [step, statements[step] as string]));
	const dates = findDates(contracts, table.partition?.column);
	return { dates, steps, tables: { [name]: { sql } }, own };
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
function requireKnownInputs(file: string, sql: string, known: readonly string[]): void {
	const unknown = parseStatement(sql).inputs.find((name) => !known.includes(name));
	if (unknown === undefined) return;
	throw new ConfigurationError(`${file}: 'Inputs:' names ${unknown}, which is not one of ${known.join(', ')}.`);
}
