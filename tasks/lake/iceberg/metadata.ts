import * as z from 'zod';
import { InternalError } from '../../platform/errors';
import { prefixes } from '../layout';
import type { ObjectStore } from '../object-store';

const fields = z.array(
	z.object({ id: z.number(), name: z.string(), required: z.boolean(), type: z.string(), doc: z.string().optional() }),
);
const schema = z.object({ type: z.literal('struct'), 'schema-id': z.number(), fields });
export type IcebergSchema = z.infer<typeof schema>;

/** The key of the lake's manifest that a snapshot has the files of; empty for a table that no head names. */
export const manifestProperty = 'shoplake.manifest';

const snapshot = z.object({
	/** The number of the head that brought this state, as is the sequence number. */
	'snapshot-id': z.number().int().nonnegative(),
	'parent-snapshot-id': z.number().optional(),
	'sequence-number': z.number(),
	'timestamp-ms': z.number(),
	'manifest-list': z.string(),
	'schema-id': z.number(),
	summary: z.object({ operation: z.string(), [manifestProperty]: z.string() }).catchall(z.string()),
});
export type IcebergSnapshot = z.infer<typeof snapshot>;

const partitionField = z.object({
	name: z.string(),
	transform: z.string(),
	'source-id': z.number(),
	'field-id': z.number(),
});

const metadata = z.object({
	'format-version': z.literal(2),
	'table-uuid': z.string(),
	location: z.string(),
	'last-sequence-number': z.number(),
	'last-updated-ms': z.number(),
	'last-column-id': z.number(),
	schemas: z.array(schema),
	'current-schema-id': z.number(),
	'partition-specs': z.array(z.object({ 'spec-id': z.number(), fields: z.array(partitionField) })),
	'default-spec-id': z.number(),
	'last-partition-id': z.number(),
	'sort-orders': z.array(z.object({ 'order-id': z.number(), fields: z.array(z.never()) })),
	'default-sort-order-id': z.number(),
	properties: z.record(z.string(), z.string()),
	/** -1 where there is none. */
	'current-snapshot-id': z.number(),
	snapshots: z.array(snapshot),
	refs: z.record(z.string(), z.object({ 'snapshot-id': z.number(), type: z.enum(['branch', 'tag']) })),
	'snapshot-log': z.array(z.object({ 'snapshot-id': z.number(), 'timestamp-ms': z.number() })),
	'metadata-log': z.array(z.never()),
});
/** Iceberg's table metadata (version 2), as far as this program writes it. */
export type IcebergMetadata = z.infer<typeof metadata>;

/** The metadata in a text; undefined for one that this program did not write. */
export function parseMetadata(text: string): IcebergMetadata | undefined {
	try {
		return metadata.parse(JSON.parse(text));
	} catch {
		return undefined;
	}
}

/** The metadata in an object; undefined if it is missing or this program did not write it. */
export async function readMetadata(store: ObjectStore, key: string): Promise<IcebergMetadata | undefined> {
	const text = await store.getText(key);
	return text === undefined ? undefined : parseMetadata(text);
}

/** The folder of a table's metadata: `iceberg/gold_daily_sales/`. Its data files stay where they are. */
export const openTableFolder = (table: string): string => `${prefixes.iceberg}${table}/`;

/** The name that Iceberg readers require of a metadata file. */
const metadataName = /^\d+-[0-9a-f-]{36}\.metadata\.json$/;

export const metadataKey = (folder: string, head: number, id: string): string =>
	`${folder}metadata/${String(head).padStart(10, '0')}-${id}.metadata.json`;
export const manifestListKey = (folder: string, head: number, id: string): string =>
	`${folder}metadata/snap-${head}-${id}.avro`;
/** A snapshot has one manifest; its name follows from that of its list. */
export const manifestKey = (listKey: string): string => listKey.replace(/snap-([^/]+)\.avro$/, '$1-m0.avro');

/** The table that a key of the bucket is the metadata file of; undefined for other objects. */
export function metadataTable(key: string): string | undefined {
	const [root, table, folder, name = ''] = key.split('/');
	return `${root}/` === prefixes.iceberg && folder === 'metadata' && metadataName.test(name) ? table : undefined;
}

/** The tag of a head. */
export const headTag = (head: number): string => `head-${head}`;
/** The number of a head in the name of a tag. */
export const taggedHead = (name: string): number | undefined => {
	const [, number] = /^head-(\d+)$/.exec(name) ?? [];
	return number === undefined ? undefined : Number(number);
};

/** The schema that the newest snapshot is read with. */
export function currentSchema({ schemas, 'current-schema-id': id }: IcebergMetadata): IcebergSchema {
	const found = schemas.find((one) => one['schema-id'] === id);
	if (!found) throw new InternalError(`There is no schema ${id} among those of the table.`);
	return found;
}

/** The newest head that metadata have a tag for; 0 for none. */
export const newestTagged = ({ refs }: IcebergMetadata): number =>
	Math.max(0, ...Object.keys(refs).map((name) => taggedHead(name) ?? 0));

/** The keys of the manifest list and of the manifest of a snapshot. */
export function snapshotKeys(snapshot: IcebergSnapshot): string[] {
	const list = keyOf(snapshot['manifest-list']);
	return isEmpty(snapshot) ? [list] : [list, manifestKey(list)];
}

/** Whether a snapshot has no files, and thus no manifest. */
export const isEmpty = ({ summary }: IcebergSnapshot): boolean =>
	summary['total-data-files'] === '0' && summary['deleted-data-files'] === '0';

/** The key in a location `s3://bucket/key`. */
export const keyOf = (location: string): string => location.replace(/^s3:\/\/[^/]+\//, '');
