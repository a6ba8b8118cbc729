import { bronzeColumns, bronzeType, type Dataset, type Field } from '../contracts';
import { typedColumns } from '../contracts/typing';
import { identifier, literals } from '../platform/duckdb/quote';
import { duckdbType } from './partitions';

/** The name that a Bronze object of a batch ends with since format 2. */
export const bronzeSuffix = '.parquet';
/** Longest line of an NDJSON object of Bronze or quarantine, in bytes. */
export const longestLine = 32 * 1024 ** 2;

/** SQL of the rows of Bronze objects, as `bronzeColumns` has them, and `filename`, the path of a row's object. */
export function bronzeRowsSql(dataset: Dataset, paths: readonly string[]): string {
	const columns = bronzeColumns(dataset).map(({ name, type }) => [identifier(name), duckdbType(type)] as const);
	const typed = paths.filter((path) => path.endsWith(bronzeSuffix));
	const texts = paths.filter((path) => !path.endsWith(bronzeSuffix));
	const none = `select ${columns.map(([name, type]) => `cast(null as ${type}) as ${name}`).join(', ')}, cast(null as varchar) as filename where false`;
	// The empty rows add the columns that an older object does not have.
	const rows = [
		none,
		...(typed.length === 0
			? []
			: [
					`select * from read_parquet([${literals(typed)}], union_by_name = true, hive_partitioning = false, filename = true)`,
				]),
		...(texts.length === 0 ? [] : [textRowsSql(dataset, texts)]),
	].join(' union all by name ');
	return `select ${columns.map(([name, type]) => `cast(${name} as ${type}) as ${name}`).join(', ')}, filename from (${rows})`;
}

/** SQL of the rows of objects of format 1: NDJSON with the fields as text, whose other fields are left out. */
function textRowsSql({ fields }: Dataset, paths: readonly string[]): string {
	const texts = Object.keys(fields).map((name) => `${identifier(name)}: 'varchar'`);
	const inBronze = Object.entries<Field>(fields).map(([name, field]) => [name, { ...field, type: bronzeType(field) }]);
	return `select _file, _line, ${typedColumns(Object.fromEntries(inBronze))}, filename
		from read_json([${literals(paths)}], format = 'newline_delimited', maximum_object_size = ${longestLine},
			filename = true, hive_partitioning = false, columns = {_file: 'int', _line: 'bigint', ${texts.join(', ')}})`;
}
