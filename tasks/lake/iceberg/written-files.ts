import { buffer } from 'node:stream/consumers';
import { GetTableCommand } from '@aws-sdk/client-glue';
import * as z from 'zod';
import { mapConcurrently } from '../../platform/concurrency';
import { InternalError } from '../../platform/errors';
import type { AttachedFile } from './attach-snapshot';
import { readAvro } from './avro';
import { dateText } from './manifest';
import type { ScratchCatalog } from './scratch-catalog';

/** A table that a statement of Athena has written. */
export interface WrittenTable {
	readonly columns: readonly { readonly id: number; readonly name: string; readonly type: string }[];
	/** Its files; a partition is an ISO date, or null for SQL's null and for a table without partitions. */
	readonly files: readonly AttachedFile[];
}

const parallelReads = 8;

/** What is needed of the metadata that Athena writes. A snapshot's id may be any 63-bit number: it is only compared here. */
const metadataSchema = z.object({
	'current-schema-id': z.number(),
	schemas: z.array(
		z.object({
			'schema-id': z.number(),
			fields: z.array(z.object({ id: z.number(), name: z.string(), type: z.string() })),
		}),
	),
	'partition-specs': z.array(z.object({ fields: z.array(z.object({ name: z.string(), 'source-id': z.number() })) })),
	'current-snapshot-id': z.number().nullish(),
	snapshots: z.array(z.object({ 'snapshot-id': z.number(), 'manifest-list': z.string() })).optional(),
});
type WrittenMetadata = z.infer<typeof metadataSchema>;

const manifestFile = z.object({ manifest_path: z.string(), content: z.number() });
const manifestEntry = z.object({
	status: z.number(),
	data_file: z.object({
		content: z.number(),
		file_path: z.string(),
		// avsc's objects have methods, too.
		partition: z.preprocess(
			(value) => ({ ...(value as object) }),
			z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
		),
		record_count: z.number(),
		file_size_in_bytes: z.number(),
	}),
});
/** Kinds of content: rows, and not deletions of rows. Status of entries: 2 is a file that is gone. */
const [dataContent, deleted] = [0, 2] as const;

/**
 * Reads which files a table of the scratch database has, and the ids of its columns, from the metadata that its writer left:
 * no statement runs. Throws InternalError where these are not what Athena writes.
 */
export async function readWrittenTable(catalog: ScratchCatalog, name: string): Promise<WrittenTable> {
	const { Table } = await catalog.glue.send(new GetTableCommand({ DatabaseName: catalog.database, Name: name }));
	const location = Table?.Parameters?.metadata_location;
	if (!location) throw new InternalError(`${catalog.database}.${name} is no Iceberg table.`);
	const fetch = (url: string) => fetchObject(catalog, name, url);
	const metadata = metadataSchema.parse(JSON.parse((await fetch(location)).toString()));
	const { 'current-schema-id': schemaId, 'current-snapshot-id': snapshotId, schemas, snapshots = [] } = metadata;
	const columns = schemas.find((schema) => schema['schema-id'] === schemaId)?.fields ?? [];
	const snapshot = snapshots.find((one) => one['snapshot-id'] === snapshotId);
	if (!snapshot) return { columns, files: [] };
	const listed = z.array(manifestFile).parse(readAvro(await fetch(snapshot['manifest-list'])));
	const manifests = await mapConcurrently(listed, parallelReads, async ({ manifest_path }) =>
		z.array(manifestEntry).parse(readAvro(await fetch(manifest_path))),
	);
	const entries = manifests.flat().filter(({ status }) => status !== deleted);
	if ([...listed, ...entries.map(({ data_file }) => data_file)].some(({ content }) => content !== dataContent)) {
		throw new InternalError(
			`${catalog.database}.${name} has files that delete rows; a table that was just made has none.`,
		);
	}
	const partitionText = partitionReader(metadata);
	const files = entries.map(({ data_file: { file_path, partition, record_count, file_size_in_bytes } }) => ({
		key: keyIn(catalog, name, file_path),
		rows: record_count,
		bytes: file_size_in_bytes,
		partition: partitionText(partition),
	}));
	return { columns, files };
}

/** Reads the partition of a file as text. */
function partitionReader({ schemas, 'partition-specs': specs }: WrittenMetadata) {
	const field = specs.at(-1)?.fields[0];
	const source = schemas.at(-1)?.fields.find(({ id }) => id === field?.['source-id']);
	return (values: Readonly<Record<string, number | string | null>>): string | null => {
		const value = field === undefined ? null : (values[field.name] ?? null);
		return value === null ? null : source?.type === 'date' ? dateText(Number(value)) : String(value);
	};
}

async function fetchObject(catalog: ScratchCatalog, table: string, url: string): Promise<Buffer> {
	return buffer(await catalog.store.read(keyIn(catalog, table, url)));
}

/** The key of an object, which must be in the lake's bucket. */
function keyIn({ bucket }: ScratchCatalog, table: string, url: string): string {
	const start = `s3://${bucket}/`;
	if (url.startsWith(start)) return url.slice(start.length);
	throw new InternalError(`The table ${table} names ${url}, which is not in s3://${bucket}.`);
}
