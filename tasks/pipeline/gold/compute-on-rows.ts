import { silverTable, type TableColumn } from '../../contracts';
import { computeAll, DuckDbEngine, inputsOf, neededBy, type Relation } from '../../engine';
import type { ObjectStore } from '../../lake';
import { duckdbType, type FileTable } from '../../lake/partitions';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier, literal } from '../../platform/duckdb/quote';
import { DataRefusedError, UsageError } from '../../platform/errors';
import type { Project } from '../../project';
import { statementsOf } from './daily-table';
import { findOwnFaults } from './own-faults';
import { checkOwnStatements } from './own-statement';
import { catalogue, type SilverName } from './sources';
import { composeGold } from './tables';
import { typedRowsSql } from './write-table';

/** A value of a row: dates, times and amounts are text. */
export type Value = string | number | boolean | null;
/** Rows of Silver by table; a column that is left out is null. */
export type SilverRows = Readonly<Partial<Record<SilverName, readonly Readonly<Record<string, Value>>[]>>>;

/**
 * Computes a project's Gold table on given rows of Silver, and checks it as a run does. Throws UsageError where there is no
 * such table or column, and DataRefusedError where the statement has a mistake or its contract does not allow the rows.
 */
export async function computeOnRows(
	{ duckdb, scratch }: { readonly duckdb: DuckDb; readonly scratch: string },
	project: Pick<Project, 'goldTables' | 'contracts'>,
	name: string,
	silver: SilverRows,
): Promise<Record<string, Value>[]> {
	const { goldTables: tables, contracts } = project;
	const own = tables.find((table) => table.name === name);
	if (!own) {
		throw new UsageError(`The project has no Gold table ${name}. It has ${tables.map(({ name }) => name).join(', ')}.`);
	}
	// No lake is read: all rows are given.
	const engine = new DuckDbEngine({} as ObjectStore, duckdb, scratch);
	const statements: Record<string, string> = Object.assign({}, ...composeGold(project).dailyGroups.map(statementsOf));
	const needed = [own.sql, ...(own.audit ? [own.audit.sql] : [])].flatMap((sql) => neededBy(sql, statements));
	const { [name]: _, ...steps } = Object.fromEntries(needed.map((step) => [step, statements[step] as string]));
	const sources: Record<string, Relation> = {};
	for (const dataset of Object.values(contracts.datasets)) {
		const table = dataset.name === 'products' ? catalogue : silverTable(dataset);
		sources[dataset.name] = await createRows(engine, dataset.name, table, silver[dataset.name] ?? []);
	}
	await checkOwnStatements({ engine }, own, steps, sources);
	const known = await computeAll(engine, steps, sources);
	const rows = await engine.keep(own.sql, { inputs: inputsOf(own.sql, known) });
	const [fault] = await findOwnFaults({ engine }, own, { ...known, [name]: rows });
	if (fault) throw new DataRefusedError(`gold_${name}, ${fault[0]}: ${fault[1]}.`);
	const columns = [...own.table.columns, ...partitionColumn(own.table)];
	const found = await duckdb.rows(`select * from (${typedRowsSql(engine, own.table, rows)}) order by all`);
	return found.map((row) =>
		Object.fromEntries(columns.map((column) => [column.name, readValue(column, row[column.name] as Value)])),
	);
}

/** A table of Silver, or of the catalogue, with these rows. */
async function createRows(
	engine: DuckDbEngine,
	name: SilverName,
	table: FileTable,
	rows: readonly Readonly<Record<string, Value>>[],
): Promise<Relation> {
	const columns = [...table.columns, ...partitionColumn(table)];
	const unknown = rows.flatMap(Object.keys).find((given) => columns.every(({ name }) => name !== given));
	if (unknown !== undefined) {
		const known = columns.map(({ name }) => name).join(', ');
		throw new UsageError(`${name} has no column ${unknown} that a statement can read: it has ${known}.`);
	}
	const texts = JSON.stringify([Object.fromEntries(columns.map(({ name }) => [name, 'VARCHAR']))]);
	const typed = columns.map(
		({ name, type }) => `cast(given.${identifier(name)} as ${duckdbType(type)}) as ${identifier(name)}`,
	);
	return engine.table(
		`select ${typed.join(', ')} from (select unnest(from_json(${literal(JSON.stringify(rows))}, ${literal(texts)})) as given)`,
	);
}

type NamedType = Pick<TableColumn, 'name' | 'type'>;

const partitionColumn = ({ partition }: { readonly partition: { readonly column: string } | null }): NamedType[] =>
	partition ? [{ name: partition.column, type: 'date' }] : [];

const readValue = ({ type }: NamedType, value: Value): Value =>
	value !== null && (type === 'bigint' || type === 'int') ? Number(value) : value;
