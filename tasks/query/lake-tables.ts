import { type Contracts, gadgetSalesView, liveOrders, silverTable, type TableColumn } from '../contracts';
import { orphansTable } from '../lake';
import { attach, duckdbType, type FileTable } from '../lake/partitions';
import { identifier, literal } from '../platform/duckdb/quote';
import {
	arrivalsColumns,
	batchesColumns,
	mountArrivals,
	mountBatches,
	mountRejections,
	rejectionsColumns,
} from './batch-tables';
import {
	listBronzeColumns,
	mountBronze,
	mountQuarantine,
	mountRefused,
	mountUnused,
	quarantineColumns,
	refusedColumns,
	unusedColumns,
} from './bronze-tables';
import { mountLiveTables } from './live-tables';
import { namedTables } from './named-tables';
import type { DuckDbColumn, QuerySession } from './query-session';

/** A table that a query on DuckDB may read: one of the catalogue, or one that accounts for the lake's records. */
interface LakeTable {
	readonly columns: readonly DuckDbColumn[];
	/** Downloads its files and creates its view. */
	readonly attach: (session: QuerySession) => Promise<void>;
}

/** Order items that wait for their order or product, in the table that `clean` writes. */
const orphans = ({ datasets }: Contracts): FileTable => ({
	name: orphansTable('order_items'),
	columns: [
		...silverTable(datasets.order_items).columns.filter(({ name }) => name !== 'line_amount'),
		{ name: 'waits_for', type: 'string' },
		{ name: 'batch', type: 'string' },
	],
	partition: { column: 'order_date' },
});

/** Every table in a head, by name; `own` are the Gold tables of a project. */
const listLakeTables = (contracts: Contracts, own: readonly FileTable[]): [string, LakeTable][] => [
	...[...contracts.tables, ...own].map((table): [string, LakeTable] => [table.name, fileTable(table, table.name)]),
	...Object.values(contracts.datasets).map((dataset): [string, LakeTable] => [
		`bronze_${dataset.name}`,
		{ columns: listBronzeColumns(dataset), attach: (session) => mountBronze(session, dataset) },
	]),
	['lake_batches', { columns: batchesColumns, attach: mountBatches }],
	['lake_arrivals', { columns: arrivalsColumns, attach: mountArrivals }],
	['lake_rejections', { columns: rejectionsColumns, attach: mountRejections }],
	['lake_orphans', fileTable(orphans(contracts), 'lake_orphans')],
	['lake_quarantine', { columns: quarantineColumns, attach: mountQuarantine }],
	['lake_refused', { columns: refusedColumns, attach: mountRefused }],
	['lake_unused', { columns: unusedColumns, attach: mountUnused }],
];

function fileTable(table: FileTable, as: string): LakeTable {
	const partition: DuckDbColumn[] = table.partition ? [[table.partition.column, 'date']] : [];
	return {
		columns: [...duckdbColumns(table.columns), ...partition],
		attach: async (session) => attach(session, table, await session.snapshot.table(table.name), { as }),
	};
}

/** The tables over live records; they are mounted together. */
const liveTables: ReadonlyMap<string, readonly DuckDbColumn[]> = new Map([
	[liveOrders.name, [...duckdbColumns(liveOrders.columns), [liveOrders.partition.column, 'varchar']]],
	[gadgetSalesView.name, duckdbColumns(gadgetSalesView.columns)],
]);

function duckdbColumns(columns: readonly Pick<TableColumn, 'name' | 'type'>[]): DuckDbColumn[] {
	return columns.map(({ name, type }) => [name, duckdbType(type)]);
}

/** The columns of the view of each table, by table name, mounted or not; `own` are the Gold tables of a project. */
export const tableColumns = (
	contracts: Contracts,
	own: readonly FileTable[] = [],
): ReadonlyMap<string, readonly DuckDbColumn[]> =>
	new Map([...listLakeTables(contracts, own).map(([name, { columns }]) => [name, columns] as const), ...liveTables]);

/**
 * Creates a view of each of the lake's tables, by its name and, because Athena's users write it so, in a schema named like
 * the Glue database. Only tables that a statement names are downloaded: any other view has the columns, and fails when
 * its rows are read. `own` are the Gold tables of a project.
 */
export async function mountTables(
	session: QuerySession,
	statements: readonly string[],
	database: string,
	own: readonly FileTable[] = [],
): Promise<void> {
	const { duckdb } = session;
	const { contracts } = session.lake;
	const lakeTables = new Map(listLakeTables(contracts, own));
	const allColumns = tableColumns(contracts, own);
	const known = [...allColumns.keys()];
	const wanted = [...new Set(statements.flatMap((sql) => namedTables(duckdb, sql, known)))];
	const fetchLive = wanted.some((name) => liveTables.has(name)) ? await mountLiveTables(session) : undefined;
	const mounted = new Set([...wanted, ...(fetchLive ? liveTables.keys() : [])]);
	for (const name of wanted) await lakeTables.get(name)?.attach(session);
	await duckdb.execute(`create schema if not exists ${identifier(database)}`);
	await duckdb.execute(
		[...allColumns]
			.flatMap(([name, columns]) => [
				...(mounted.has(name) ? [] : [unmountedView(name, columns)]),
				`create view ${identifier(database)}.${identifier(name)} as select * from temp.main.${identifier(name)}`,
			])
			.join(';\n'),
	);
	await fetchLive?.(statements.join(';\n'));
}

/** SQL of a view with a table's columns that fails on any read: DuckDB can't know in advance that it has no rows. */
function unmountedView(name: string, columns: readonly DuckDbColumn[]): string {
	const failure = `error(${literal(`The statement reads ${name} without its full name. Write out the table's name.`)})`;
	const failing = columns.map(([column, type]) => `cast(${failure} as ${type}) as ${identifier(column)}`).join(', ');
	return `create temp view ${identifier(name)} as select ${failing} where cast(${failure} as boolean)`;
}
