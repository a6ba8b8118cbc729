import { liveOrders } from '../../contracts';
import { mirrorFolder } from '../../lake';
import type { CatalogColumn, TableDefinition } from './definition';
import { formats, lenientJson } from './glue-table';
import { projectionParameters } from './projection';

/**
 * The DDL of a table or view for Athena, as a file under `sql/warehouse/athena/`. `{bucket}` stands for the lake's bucket.
 * A table lies over the copy of its current partitions in plain Hive folders; `crawl` gives it the location of each version.
 */
export function athenaDdl(definition: TableDefinition): string {
	const header = ['-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.'];
	if (definition.sql !== undefined) {
		header.push(`-- The view ${definition.name}, for Athena.`);
		return `${header.join('\n')}\ncreate or replace view ${definition.name} as\n${definition.sql}\n`;
	}
	header.push(
		`-- The table ${definition.name}, for Athena. \`crawl\` makes the same table, and keeps its location and partitions current.`,
		"-- Slots: {bucket} (the lake's bucket).",
	);
	return `${header.join('\n')}\n${createTable(definition)}\n`;
}

function createTable(definition: TableDefinition): string {
	const { name, description, columns, partitionKeys, projection } = definition;
	const format = definition.format === 'json' ? 'json' : 'parquet';
	const { InputFormat, OutputFormat, SerializationLibrary } = formats[format];
	const location = `s3://{bucket}/${projection ? liveOrders.prefix : mirrorFolder(name)}`;
	return [
		`create external table if not exists ${name} (\n${columnList(columns)}\n)`,
		`comment ${text(description)}`,
		...(partitionKeys.length > 0 ? [`partitioned by (\n${columnList(partitionKeys)}\n)`] : []),
		`row format serde ${text(SerializationLibrary)}`,
		...(projection ? [`with serdeproperties (${properties(lenientJson)})`] : []),
		`stored as inputformat ${text(InputFormat)}`,
		`outputformat ${text(OutputFormat)}`,
		`location ${text(location)}`,
		`tblproperties (${properties({ classification: format, ...(projection ? projectionParameters(projection, location) : {}) })})`,
	].join('\n');
}

const columnList = (columns: readonly CatalogColumn[]): string =>
	columns.map(({ name, type, comment }) => `  \`${name}\` ${type} comment ${text(comment)}`).join(',\n');

const properties = (values: Readonly<Record<string, string>>): string =>
	Object.entries(values)
		.map(([name, value]) => `\n  ${text(name)} = ${text(value)}`)
		.join(',')
		.concat('\n');

/** A text as Hive writes it: it escapes by backslashes. */
const text = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`;
