import type { Column, PartitionInput, StorageDescriptor, Table, TableInput } from '@aws-sdk/client-glue';
import { InternalError } from '../../platform/errors';
import { type CatalogColumn, definitionFingerprint, type FoundDefinition, type TableDefinition } from './definition';
import type { DesiredTable } from './desired-tables';
import { viewInput, viewSql } from './presto-view';
import { isProjectionParameter, parseProjection, projectionParameters } from './projection';

/** The table parameters in which crawl records what it wrote. */
export const parameter = {
	head: 'shoplake.head',
	source: 'shoplake.manifest',
	definition: 'shoplake.definition',
} as const;
/** How Hive reads the files of a table. */
export const formats = {
	parquet: {
		InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
		OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
		SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
	},
	json: {
		InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
		OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
		SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
	},
} as const;

/** Delivered records are not validated: a line that is not JSON must not fail the whole query. */
export const lenientJson = { 'ignore.malformed.json': 'true' } as const;

/** A table or view as Glue's input; `kept` are the table's current parameters, of which those of others stay. */
export function tableInput(
	{ definition, location, source }: DesiredTable,
	{ database, head, kept }: { database: string; head: number; kept: Readonly<Record<string, string>> },
): TableInput {
	const { name, description, format, columns, partitionKeys, projection, sql } = definition;
	const view = sql === undefined ? undefined : viewInput(sql, columns, database);
	const others = Object.entries(kept).filter(([parameter]) => !isProjectionParameter(parameter));
	return {
		Name: name,
		Description: description,
		TableType: 'EXTERNAL_TABLE',
		PartitionKeys: partitionKeys.map(glueColumn),
		StorageDescriptor: storageDescriptor(definition, location),
		...view,
		Parameters: {
			...Object.fromEntries(others),
			...(view ? view.Parameters : { EXTERNAL: 'TRUE', classification: format }),
			...(projection ? projectionParameters(projection, location) : {}),
			[parameter.head]: String(head),
			[parameter.source]: source,
			[parameter.definition]: definitionFingerprint(definition),
		},
	};
}

/** The definition of a table in Glue; a format that crawl does not write is named by its SerDe. */
export function parseDefinition(table: Table): FoundDefinition {
	const { Name, Description, StorageDescriptor, PartitionKeys, Parameters } = table;
	const library = StorageDescriptor?.SerdeInfo?.SerializationLibrary;
	const [format] =
		Object.entries(formats).find(([, { SerializationLibrary }]) => SerializationLibrary === library) ?? [];
	const columns = (list: readonly Column[] | undefined): CatalogColumn[] =>
		(list ?? []).map(({ Name, Type, Comment }) => ({ name: Name ?? '', type: Type ?? '', comment: Comment ?? '' }));
	const projection = parseProjection(Parameters ?? {}, StorageDescriptor?.Location ?? '');
	const sql = viewSql(table);
	return {
		name: Name ?? '',
		description: Description ?? '',
		format: sql === undefined ? (format ?? library ?? '') : 'view',
		columns: columns(StorageDescriptor?.Columns),
		partitionKeys: columns(PartitionKeys),
		...(projection ? { projection } : {}),
		...(sql === undefined ? {} : { sql }),
	};
}

function storageDescriptor(definition: TableDefinition, location: string): StorageDescriptor {
	const Columns = definition.columns.map(glueColumn);
	// Trino requires a view to have a SerDe, even an empty one, as Athena's views do.
	if (definition.format === 'view') return { Location: location, Columns, SerdeInfo: {} };
	const { InputFormat, OutputFormat, SerializationLibrary } = formats[definition.format];
	const lenient = definition.projection ? { Parameters: lenientJson } : {};
	return {
		Location: location,
		Columns,
		InputFormat,
		OutputFormat,
		SerdeInfo: { SerializationLibrary, ...lenient },
	};
}

const glueColumn = ({ name, type, comment }: CatalogColumn): Column => ({ Name: name, Type: type, Comment: comment });

/** A partition as Glue's input. */
export function partitionInput({ definition, partitions }: DesiredTable, value: string): PartitionInput {
	const location = partitions.get(value);
	if (location === undefined) throw new InternalError(`${definition.name} has no partition ${value}.`);
	return {
		Values: [value],
		StorageDescriptor: storageDescriptor(definition, location),
		Parameters: { [parameter.definition]: definitionFingerprint(definition) },
	};
}
