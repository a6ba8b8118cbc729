import type { Column, PartitionInput, StorageDescriptor, Table, TableInput } from '@aws-sdk/client-glue';
import { InternalError } from '../../platform/errors';
import { type CatalogColumn, definitionFingerprint, type FoundDefinition, type TableDefinition } from './definition';
import type { DesiredTable } from './desired';
import { viewInput, viewSql } from './presto-view';
import { isOfProjection, projectionIn, projectionParameters } from './projection';

/** The table parameters by which crawl knows its own work. */
export const parameter = {
	head: 'shoplake.head',
	source: 'shoplake.manifest',
	definition: 'shoplake.definition',
} as const;
const formats = {
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

/** A table or view as Glue takes it; `kept` are the parameters that are there, of which others' stay. */
export function tableInput(
	{ definition, location, source }: DesiredTable,
	{ database, head, kept }: { database: string; head: number; kept: Readonly<Record<string, string>> },
): TableInput {
	const { name, description, format, columns, partitionKeys, projection, sql } = definition;
	const view = sql === undefined ? undefined : viewInput(sql, columns, database);
	const others = Object.entries(kept).filter(([parameter]) => !isOfProjection(parameter));
	return {
		Name: name,
		Description: description,
		TableType: 'EXTERNAL_TABLE',
		PartitionKeys: partitionKeys.map(glueColumn),
		StorageDescriptor: storage(definition, location),
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

/** A table's definition as Glue has it; a format that is not crawl's goes by the name of its SerDe. */
export function definitionIn(table: Table): FoundDefinition {
	const { Name, Description, StorageDescriptor, PartitionKeys, Parameters } = table;
	const library = StorageDescriptor?.SerdeInfo?.SerializationLibrary;
	const [format] =
		Object.entries(formats).find(([, { SerializationLibrary }]) => SerializationLibrary === library) ?? [];
	const columns = (list: readonly Column[] | undefined): CatalogColumn[] =>
		(list ?? []).map(({ Name, Type, Comment }) => ({ name: Name ?? '', type: Type ?? '', comment: Comment ?? '' }));
	const projection = projectionIn(Parameters ?? {}, StorageDescriptor?.Location ?? '');
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

function storage(definition: TableDefinition, location: string): StorageDescriptor {
	const Columns = definition.columns.map(glueColumn);
	// Trino wants a view to have a SerDe, if an empty one, as Athena's views do.
	if (definition.format === 'view') return { Location: location, Columns, SerdeInfo: {} };
	const { InputFormat, OutputFormat, SerializationLibrary } = formats[definition.format];
	// What is delivered was never checked: a line that is no JSON must not fail the whole query.
	const lenient = definition.projection ? { Parameters: { 'ignore.malformed.json': 'true' } } : {};
	return {
		Location: location,
		Columns,
		InputFormat,
		OutputFormat,
		SerdeInfo: { SerializationLibrary, ...lenient },
	};
}

const glueColumn = ({ name, type, comment }: CatalogColumn): Column => ({ Name: name, Type: type, Comment: comment });

/** One of a table's partitions as Glue takes it. */
export function partitionInput({ definition, partitions }: DesiredTable, value: string): PartitionInput {
	const location = partitions.get(value);
	if (location === undefined) throw new InternalError(`${definition.name} has no partition ${value}.`);
	return {
		Values: [value],
		StorageDescriptor: storage(definition, location),
		Parameters: { [parameter.definition]: definitionFingerprint(definition) },
	};
}
