import type { SqlType, TableColumn } from '../contracts';
import { mapConcurrently } from '../platform/concurrency';
import type { DuckDb } from '../platform/duckdb/duckdb';
import { identifier, literals } from '../platform/duckdb/quote';
import type { ObjectStore, TableManifest } from '.';
import { tableFolder } from './layout';
import { fetchCopies, placeCopy } from './scratch-copies';

const parallelLinks = 8;

/** What moves rows between the lake's Parquet files and DuckDB. */
export interface EngineResources {
	readonly store: ObjectStore;
	readonly duckdb: DuckDb;
	/** A folder of this run alone. */
	readonly scratch: string;
}

/** The part of a table's definition that its files depend on; `name` includes the layer: `silver_orders`. */
export interface FileTable {
	readonly name: string;
	readonly columns: readonly Pick<TableColumn, 'name' | 'type'>[];
	readonly partition: { readonly column: string } | null;
}

/** The type of a column as DuckDB spells it. */
export const duckdbType = (type: SqlType): string => (type === 'string' ? 'varchar' : type);

/** The folder of one version of one partition: `gold/daily_sales/order_date=2026-11-20/v=<attempt>`. */
export function partitionFolder(
	table: Pick<FileTable, 'name' | 'partition'>,
	partition: string,
	attempt: string,
): string {
	const middle = table.partition ? `${table.partition.column}=${partition}/` : '';
	return `${tableFolder(table.name)}${middle}v=${attempt}`;
}

/**
 * Creates a view over a table's rows as a manifest has them: the columns of `table`, then its partition column. Downloads
 * the files of `partitions` (by default all); a partition that the manifest does not have adds no rows. A column that was
 * added to the contract after a file was written is null in that file's rows. Throws DamagedObjectError if a file is
 * missing or not what was written.
 */
export async function attach(
	{ store, duckdb, scratch }: EngineResources,
	table: FileTable,
	manifest: TableManifest,
	options: { as: string; partitions?: readonly string[] },
): Promise<void> {
	const wanted = options.partitions ?? Object.keys(manifest.partitions);
	const files = wanted.flatMap((name) => (manifest.partitions[name]?.files ?? []).map((file) => ({ name, file })));
	const names = table.columns.map(({ name }) => identifier(name));
	const partition = table.partition && identifier(table.partition.column);
	const empty = `select ${table.columns.map(({ name, type }) => `cast(null as ${duckdbType(type)}) as ${identifier(name)}`).join(', ')} where false`;
	const view = `create or replace temp view ${identifier(options.as)} as`;
	if (files.length === 0) {
		const columns = [...names, ...(partition ? [`cast(null as date) as ${partition}`] : [])].join(', ');
		await duckdb.execute(`${view} select ${columns} from (${empty})`);
		return;
	}
	const copies = await fetchCopies(
		{ store, scratch },
		files.map(({ file }) => file),
	);
	const paths = await mapConcurrently(files, parallelLinks, async ({ name, file: { key } }, index) => {
		const copy = copies[index] as string;
		// Another engine has folders of its own; DuckDB takes the date from the path.
		const folder = table.partition && `${table.partition.column}=${name}`;
		return folder === null || key.split('/').includes(folder) ? copy : placeCopy(scratch, copy, `${folder}/v=0/${key}`);
	});
	// An item whose order is not known has no date: its partition key is not a date, and reads as null.
	if (partition) names.push(`try_cast(${partition} as date) as ${partition}`);
	// The empty rows add the columns that an older file does not have.
	await duckdb.execute(
		`${view} select ${names.join(', ')} from (
			${empty} union all by name
			from read_parquet([${literals(paths)}], union_by_name = true, hive_partitioning = ${partition !== null}, hive_types_autocast = false)
		 )`,
	);
}
