import { randomUUID } from 'node:crypto';
import { CreateTableCommand } from '@aws-sdk/client-glue';
import type { SqlType } from '../../contracts';
import { recordedColumns } from '../../contracts/field-ids';
import { DataRefusedError } from '../../platform/errors';
import { prefixes } from '../layout';
import { buildMetadata } from './build-metadata';
import { addedEntry, countEntries, daysSince1970, encodeManifest, encodeManifestList } from './manifest';
import {
	type IcebergSchema,
	type IcebergSnapshot,
	manifestKey,
	manifestListKey,
	manifestProperty,
	metadataKey,
} from './metadata';
import { icebergType, partitionSpec } from './schema';
import type { ScratchCatalog } from './scratch-catalog';
import { summarize } from './summary';

/** A table whose Parquet files another engine is to read; `name` includes the layer: `silver_orders`. */
export interface AttachedTable {
	readonly name: string;
	readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
	/** The column that isn't in the files; of type `date` by default. */
	readonly partition: { readonly column: string; readonly type?: 'date' | 'int' | 'string' } | null;
}

/** A file of the lake, with the value of its partition column: null for SQL's null, and where there is no such column. */
export interface AttachedFile {
	readonly key: string;
	readonly rows: number;
	readonly bytes: number;
	readonly partition: string | null;
}

/** The only snapshot of a scratch table. */
const snapshotId = 1;
/** The folder of attached tables' metadata. */
const attachedFolder = `${prefixes.scratch}attached/`;

/**
 * The id of each column by its name, the partition column included, in the order of the ids: those that are recorded for
 * the table, and the next ones for its other columns.
 */
export function columnIds(table: AttachedTable): ReadonlyMap<string, number> {
	const recorded = recordedColumns[table.name] ?? [];
	let last = recorded.length;
	const names = [...table.columns.map(({ name }) => name), ...(table.partition ? [table.partition.column] : [])];
	const ids = names.map((name) => [name, recorded.indexOf(name) + 1 || ++last] as const);
	return new Map(ids.sort(([, one], [, other]) => one - other));
}

/**
 * Registers exactly these files as a table of the scratch database, by Iceberg metadata over them: the files stay as they
 * are, and no statement runs. Throws DataRefusedError for a partition that is not a date of four-digit years.
 */
export async function attachSnapshot(
	{ store, glue, bucket, database }: ScratchCatalog,
	table: AttachedTable,
	files: readonly AttachedFile[],
	name: string,
): Promise<void> {
	const folder = `${attachedFolder}${name}/`;
	const locate = (key: string) => `s3://${bucket}/${key}`;
	const schema = attachedSchema(table);
	const partitionKeys = table.partition ? [{ name: table.partition.column }] : [];
	const spec = partitionSpec({ partitionKeys }, schema);
	const entries = files.map((file) => {
		const partition = table.partition ? { [table.partition.column]: partitionValue(table, file.partition) } : {};
		return addedEntry({ ...file, path: locate(file.key), partition }, snapshotId);
	});
	const listKey = manifestListKey(folder, snapshotId, randomUUID());
	const manifest = entries.length > 0 ? encodeManifest(entries, schema, spec) : undefined;
	const listed = manifest && { location: locate(manifestKey(listKey)), bytes: manifest.length, entries };
	const now = Date.now();
	const snapshot: IcebergSnapshot = {
		'snapshot-id': snapshotId,
		'sequence-number': snapshotId,
		'timestamp-ms': now,
		'manifest-list': locate(listKey),
		'schema-id': schema['schema-id'],
		summary: { ...summarize(countEntries(entries)), [manifestProperty]: '' },
	};
	const metadata = buildMetadata({
		location: locate(folder).replace(/\/$/, ''),
		description: `Files of ${table.name} that a run reads`,
		schemas: [schema],
		schema,
		spec,
		snapshots: [snapshot],
		refs: { main: { 'snapshot-id': snapshotId, type: 'branch' } },
		updatedMs: now,
	});
	const key = metadataKey(folder, snapshotId, randomUUID());
	await Promise.all([
		manifest && store.putBytes(manifestKey(listKey), manifest),
		store.putBytes(listKey, encodeManifestList({ id: snapshotId, parent: undefined }, listed, spec)),
		store.putText(key, JSON.stringify(metadata)),
	]);
	await glue.send(
		new CreateTableCommand({
			DatabaseName: database,
			TableInput: {
				Name: name,
				TableType: 'EXTERNAL_TABLE',
				StorageDescriptor: {
					Location: locate(folder),
					Columns: [...attachedColumns(table)].map(({ name, type }) => ({ Name: name, Type: type })),
				},
				Parameters: { table_type: 'ICEBERG', metadata_location: locate(key) },
			},
		}),
	);
}

const attachedColumns = ({ columns, partition }: AttachedTable): readonly { name: string; type: SqlType }[] => [
	...columns,
	...(partition ? [{ name: partition.column, type: partition.type ?? 'date' }] : []),
];

function attachedSchema(table: AttachedTable): IcebergSchema {
	const ids = columnIds(table);
	const fields = attachedColumns(table).map(({ name, type }) => ({
		id: ids.get(name) as number,
		name,
		required: false,
		type: icebergType(type),
	}));
	return { type: 'struct', 'schema-id': 0, fields };
}

function partitionValue({ name, partition }: AttachedTable, value: string | null): number | string | null {
	const type = partition?.type ?? 'date';
	if (value === null || type === 'string') return value;
	if (type === 'int') return Number(value);
	if (/^\d{4}-\d\d-\d\d$/.test(value)) return daysSince1970(value);
	throw new DataRefusedError(
		`${name} has the partition ${value}, which Athena can't read: dates have years of 4 digits.`,
	);
}
