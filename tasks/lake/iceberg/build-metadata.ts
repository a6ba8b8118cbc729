import { randomUUID } from 'node:crypto';
import type { IcebergMetadata, IcebergSchema, IcebergSnapshot } from './metadata';
import { highestId, nameMapping } from './schema';

/** What Iceberg has for the current snapshot of a table without one. */
export const noSnapshot = -1;

/** A table's metadata; the last of its snapshots is the current one. */
export function buildMetadata({
	uuid = randomUUID(),
	location,
	description,
	schemas,
	schema,
	spec,
	snapshots,
	refs,
	updatedMs,
}: {
	readonly uuid?: string | undefined;
	/** Without a slash at its end. */
	readonly location: string;
	readonly description: string;
	readonly schemas: readonly IcebergSchema[];
	/** The current one of `schemas`. */
	readonly schema: IcebergSchema;
	readonly spec: IcebergMetadata['partition-specs'][number];
	readonly snapshots: readonly IcebergSnapshot[];
	readonly refs: IcebergMetadata['refs'];
	readonly updatedMs: number;
}): IcebergMetadata {
	const current = snapshots.at(-1)?.['snapshot-id'] ?? noSnapshot;
	return {
		'format-version': 2,
		'table-uuid': uuid,
		location,
		'last-sequence-number': Math.max(0, current),
		'last-updated-ms': updatedMs,
		'last-column-id': highestId(schemas),
		schemas: [...schemas],
		'current-schema-id': schema['schema-id'],
		'partition-specs': [spec],
		'default-spec-id': spec['spec-id'],
		'last-partition-id': spec.fields[0]?.['field-id'] ?? 999,
		'sort-orders': [{ 'order-id': 0, fields: [] }],
		'default-sort-order-id': 0,
		properties: {
			// Without it, another engine's DROP TABLE deletes the lake's files.
			'gc.enabled': 'false',
			'write.format.default': 'parquet',
			comment: description,
			'schema.name-mapping.default': nameMapping(schemas),
		},
		'current-snapshot-id': current,
		snapshots: [...snapshots],
		refs,
		'snapshot-log': snapshots.map((snapshot) => ({
			'snapshot-id': snapshot['snapshot-id'],
			'timestamp-ms': snapshot['timestamp-ms'],
		})),
		'metadata-log': [],
	};
}
