import type { Column, PartitionInput, StorageDescriptor, Table, TableInput } from '@aws-sdk/client-glue';
import type { Publication } from '../../lake/iceberg/publish';
import { fieldIds } from '../../lake/iceberg/schema';
import { InternalError } from '../../platform/errors';
import { type CatalogColumn, definitionFingerprint, type FoundDefinition, type TableDefinition } from './definition';
import { type DesiredTable, glueDefinition } from './desired-tables';
import { viewInput, viewSql } from './presto-view';
import { isProjectionParameter, parseProjection, projectionParameters } from './projection';

/** The table parameters in which crawl records what it wrote. */
export const parameter = {
	head: 'shoplake.head',
	source: 'shoplake.manifest',
	definition: 'shoplake.definition',
	/** The Iceberg metadata that crawl has published. */
	metadata: 'shoplake.metadata',
} as const;
/** The parameters by which readers know an Iceberg table. */
const iceberg = { type: 'table_type', metadata: 'metadata_location', previous: 'previous_metadata_location' } as const;
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
	desired: DesiredTable,
	{
		database,
		head,
		kept,
		publication,
	}: {
		readonly database: string;
		readonly head: number;
		readonly kept: Readonly<Record<string, string>>;
		readonly publication?: Publication | undefined;
	},
): TableInput {
	const { location, source } = desired;
	const definition = glueDefinition(desired);
	const { name, description, format, columns, partitionKeys, projection, sql } = definition;
	const view = sql === undefined ? undefined : viewInput(sql, columns, database);
	const others = Object.entries(kept).filter(([parameter]) => !isReplaced(parameter));
	return {
		Name: name,
		Description: description,
		TableType: 'EXTERNAL_TABLE',
		PartitionKeys: partitionKeys.map((column) => glueColumn(column)),
		StorageDescriptor: storageDescriptor(definition, location, publication),
		...view,
		Parameters: {
			...Object.fromEntries(others),
			...(view ? view.Parameters : { EXTERNAL: 'TRUE' }),
			...(view || format === 'iceberg' ? {} : { classification: format }),
			...(publication ? icebergParameters(publication, kept) : {}),
			...(projection ? projectionParameters(projection, location) : {}),
			[parameter.head]: String(head),
			[parameter.source]: source,
			[parameter.definition]: definitionFingerprint(definition),
		},
	};
}

/** Whether crawl writes this parameter anew, or leaves it out. */
const isReplaced = (name: string): boolean =>
	isProjectionParameter(name) || name === 'classification' || Object.values<string>(iceberg).includes(name);

function icebergParameters({ location }: Publication, kept: Readonly<Record<string, string>>): Record<string, string> {
	const previous = kept[parameter.metadata];
	return {
		[iceberg.type]: 'ICEBERG',
		[iceberg.metadata]: location,
		...(previous === undefined ? {} : { [iceberg.previous]: previous }),
		[parameter.metadata]: location,
	};
}

/** The metadata that readers of an Iceberg table start from; undefined for another table. */
export const metadataLocation = (parameters: Readonly<Record<string, string>>): string | undefined =>
	parameters[iceberg.type]?.toUpperCase() === 'ICEBERG' ? parameters[iceberg.metadata] : undefined;

/** The metadata that crawl has published; another engine that commits keeps them only as the previous ones. */
export const publishedLocation = (parameters: Readonly<Record<string, string>>): string | undefined =>
	parameters[parameter.metadata] ?? parameters[iceberg.previous];

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
	const isIceberg = !library && metadataLocation(Parameters ?? {}) !== undefined;
	return {
		name: Name ?? '',
		description: Description ?? '',
		format: sql !== undefined ? 'view' : isIceberg ? 'iceberg' : (format ?? library ?? ''),
		columns: columns(StorageDescriptor?.Columns),
		partitionKeys: columns(PartitionKeys),
		...(projection ? { projection } : {}),
		...(sql === undefined ? {} : { sql }),
	};
}

function storageDescriptor(
	definition: TableDefinition,
	location: string,
	publication?: Publication,
): StorageDescriptor {
	if (definition.format === 'iceberg') {
		const ids = publication ? fieldIds(publication.schema) : new Map<string, number>();
		return {
			Location: location,
			Columns: definition.columns.map((column) => glueColumn(column, ids.get(column.name))),
		};
	}
	const Columns = definition.columns.map((column) => glueColumn(column));
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

const glueColumn = ({ name, type, comment }: CatalogColumn, fieldId?: number): Column => ({
	Name: name,
	Type: type,
	Comment: comment,
	...(fieldId === undefined ? {} : { Parameters: columnParameters(fieldId) }),
});

/** As Iceberg's own catalogue writes them. */
const columnParameters = (fieldId: number): Record<string, string> => ({
	'iceberg.field.id': String(fieldId),
	'iceberg.field.optional': 'true',
	'iceberg.field.current': 'true',
});

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
