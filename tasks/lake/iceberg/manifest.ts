import type { TableManifest } from '../model';
import { field, nullable, writeAvro } from './avro';
import type { IcebergMetadata, IcebergSchema } from './metadata';

const status = { existing: 0, added: 1, deleted: 2 } as const;

/** A file in a snapshot's manifest. */
export interface ManifestEntry {
	readonly status: (typeof status)[keyof typeof status];
	/** The snapshot that added the file; for a deleted one that which deleted it. */
	readonly snapshot_id: number;
	readonly sequence_number: number;
	readonly file_sequence_number: number;
	readonly data_file: {
		readonly content: 0;
		readonly file_path: string;
		readonly file_format: 'PARQUET';
		/** The value by the name of the partition column: of a date the days since 1970. */
		readonly partition: Readonly<Record<string, number | string | null>>;
		readonly record_count: number;
		readonly file_size_in_bytes: number;
	};
}

export const isLive = (entry: ManifestEntry): boolean => entry.status !== status.deleted;

/**
 * The entries of the next snapshot, whose files are those of a manifest of the lake: files that were there before stay
 * those of the snapshot that added them. Dates before the year 1, which no reader parses, are left out.
 */
export function nextEntries(
	manifest: TableManifest,
	earlier: readonly ManifestEntry[],
	{ snapshotId, column, bucket }: { snapshotId: number; column: string | undefined; bucket: string },
): ManifestEntry[] {
	const known = new Map(earlier.filter(isLive).map((entry) => [entry.data_file.file_path, entry]));
	const partitions = Object.entries(manifest.partitions).filter(([value]) => !value.endsWith('(BC)'));
	const current = partitions.flatMap(([value, { files }]) =>
		files.map((file): ManifestEntry => {
			const path = `s3://${bucket}/${file.key}`;
			const before = known.get(path);
			if (before) {
				known.delete(path);
				return { ...before, status: status.existing };
			}
			const partition = column === undefined ? {} : { [column]: daysSince1970(value) };
			return addedEntry({ ...file, path, partition }, snapshotId);
		}),
	);
	const gone = [...known.values()].map((entry) => ({ ...entry, status: status.deleted, snapshot_id: snapshotId }));
	return [...current, ...gone];
}

/** The entry of a file that a snapshot adds. */
export const addedEntry = (
	{
		path,
		partition,
		rows,
		bytes,
	}: {
		readonly path: string;
		readonly partition: ManifestEntry['data_file']['partition'];
		readonly rows: number;
		readonly bytes: number;
	},
	snapshotId: number,
): ManifestEntry => ({
	status: status.added,
	snapshot_id: snapshotId,
	sequence_number: snapshotId,
	file_sequence_number: snapshotId,
	data_file: {
		content: 0,
		file_path: path,
		file_format: 'PARQUET',
		partition,
		record_count: rows,
		file_size_in_bytes: bytes,
	},
});

/** The dates whose files a publication changes. */
export interface ChangedPartitions {
	/** Dates with other files than before, new ones among them. */
	readonly changed: readonly string[];
	/** Dates that have no files any more. */
	readonly removed: readonly string[];
}

/** The dates whose files differ between two sets of entries. */
export function diffPartitions(
	before: readonly ManifestEntry[],
	after: readonly ManifestEntry[],
	column: string,
): ChangedPartitions {
	const [earlier, later] = [filesByDate(before, column), filesByDate(after, column)];
	return {
		changed: [...later].flatMap(([date, files]) => (files === earlier.get(date) ? [] : [date])),
		removed: [...earlier.keys()].filter((date) => !later.has(date)),
	};
}

/** The paths of live files by date, as one text. */
function filesByDate(entries: readonly ManifestEntry[], column: string): Map<string, string> {
	const paths = new Map<string, string[]>();
	for (const { data_file } of entries.filter(isLive)) {
		const date = dateText(Number(data_file.partition[column] ?? 0));
		paths.set(date, [...(paths.get(date) ?? []), data_file.file_path]);
	}
	return new Map([...paths].map(([date, files]) => [date, files.sort().join(' ')]));
}

/** Files and rows by what a snapshot did to them, and the bytes of its files. */
export function countEntries(entries: readonly ManifestEntry[]) {
	const count = (wanted: number) => {
		const rows = entries.filter((entry) => entry.status === wanted).map(({ data_file }) => data_file.record_count);
		return { files: rows.length, rows: rows.reduce((sum, count) => sum + count, 0) };
	};
	const bytes = entries.filter(isLive).reduce((sum, { data_file }) => sum + data_file.file_size_in_bytes, 0);
	return { added: count(status.added), existing: count(status.existing), deleted: count(status.deleted), bytes };
}
export type EntryCounts = ReturnType<typeof countEntries>;

type PartitionSpec = IcebergMetadata['partition-specs'][number];

/** A manifest: the Avro file that lists the files of a snapshot. */
export function encodeManifest(entries: readonly ManifestEntry[], schema: IcebergSchema, spec: PartitionSpec): Buffer {
	return writeAvro(manifestSchema(spec, schema), entries, {
		schema: JSON.stringify(schema),
		'schema-id': schema['schema-id'],
		'partition-spec': JSON.stringify(spec.fields),
		'partition-spec-id': spec['spec-id'],
		'format-version': 2,
		content: 'data',
	});
}

/** A manifest list with the one manifest of a snapshot, or with none for a snapshot without files. */
export function encodeManifestList(
	snapshot: { readonly id: number; readonly parent: number | undefined },
	manifest:
		| { readonly location: string; readonly bytes: number; readonly entries: readonly ManifestEntry[] }
		| undefined,
	spec: PartitionSpec,
): Buffer {
	const header = {
		'snapshot-id': snapshot.id,
		'parent-snapshot-id': snapshot.parent ?? 'null',
		'sequence-number': snapshot.id,
		'format-version': 2,
	};
	if (!manifest) return writeAvro(listSchema, [], header);
	const { added, existing, deleted } = countEntries(manifest.entries);
	const live = manifest.entries.filter(isLive);
	const row = {
		manifest_path: manifest.location,
		manifest_length: manifest.bytes,
		partition_spec_id: spec['spec-id'],
		content: 0,
		sequence_number: snapshot.id,
		min_sequence_number: live.reduce((least, entry) => Math.min(least, entry.sequence_number), snapshot.id),
		added_snapshot_id: snapshot.id,
		added_files_count: added.files,
		existing_files_count: existing.files,
		deleted_files_count: deleted.files,
		added_rows_count: added.rows,
		existing_rows_count: existing.rows,
		deleted_rows_count: deleted.rows,
		partitions: spec.fields.map(({ name }) => partitionBounds(manifest.entries, name)),
	};
	return writeAvro(listSchema, [row], header);
}

function partitionBounds(entries: readonly ManifestEntry[], column: string) {
	const all = entries.map(({ data_file }) => data_file.partition[column] ?? null);
	const values = all.filter((value) => value !== null);
	const pick = (isBetter: (one: number | string, other: number | string) => boolean) =>
		values.length === 0 ? null : boundBytes(values.reduce((best, value) => (isBetter(value, best) ? value : best)));
	return {
		contains_null: values.length < all.length,
		contains_nan: null,
		lower_bound: pick((one, other) => one < other),
		upper_bound: pick((one, other) => one > other),
	};
}

/** A value in Iceberg's single-value serialization. */
const boundBytes = (value: number | string): Buffer => (typeof value === 'string' ? Buffer.from(value) : int32(value));

function int32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeInt32LE(value);
	return bytes;
}

const dayMs = 86_400_000;
export const daysSince1970 = (date: string): number => Math.round(Date.parse(`${date}T00:00:00Z`) / dayMs);
/** The date so many days after 1970-01-01. */
export const dateText = (days: number): string => new Date(days * dayMs).toISOString().slice(0, 10);

/** The Avro schemas of Iceberg's specification, version 2; the numbers are its field ids. */
const manifestSchema = ({ fields: [partition] }: PartitionSpec, schema: IcebergSchema) => ({
	type: 'record',
	name: 'manifest_entry',
	fields: [
		field('status', 'int', 0),
		nullable('snapshot_id', 'long', 1),
		nullable('sequence_number', 'long', 3),
		nullable('file_sequence_number', 'long', 4),
		field(
			'data_file',
			{
				type: 'record',
				name: 'r2',
				fields: [
					field('content', 'int', 134),
					field('file_path', 'string', 100),
					field('file_format', 'string', 101),
					field(
						'partition',
						{ type: 'record', name: 'r102', fields: partition ? [partitionColumn(partition, schema)] : [] },
						102,
					),
					field('record_count', 'long', 103),
					field('file_size_in_bytes', 'long', 104),
				],
			},
			2,
		),
	],
});

type PartitionField = PartitionSpec['fields'][number];

function partitionColumn({ name, 'field-id': id, 'source-id': source }: PartitionField, { fields }: IcebergSchema) {
	const type = fields.find((field) => field.id === source)?.type;
	return nullable(name, type === 'date' ? { type: 'int', logicalType: 'date' } : type, id);
}

const listSchema = {
	type: 'record',
	name: 'manifest_file',
	fields: [
		field('manifest_path', 'string', 500),
		field('manifest_length', 'long', 501),
		field('partition_spec_id', 'int', 502),
		field('content', 'int', 517),
		field('sequence_number', 'long', 515),
		field('min_sequence_number', 'long', 516),
		field('added_snapshot_id', 'long', 503),
		field('added_files_count', 'int', 504),
		field('existing_files_count', 'int', 505),
		field('deleted_files_count', 'int', 506),
		field('added_rows_count', 'long', 512),
		field('existing_rows_count', 'long', 513),
		field('deleted_rows_count', 'long', 514),
		nullable(
			'partitions',
			{
				type: 'array',
				'element-id': 508,
				items: {
					type: 'record',
					name: 'r508',
					fields: [
						field('contains_null', 'boolean', 509),
						nullable('contains_nan', 'boolean', 518),
						nullable('lower_bound', 'bytes', 510),
						nullable('upper_bound', 'bytes', 511),
					],
				},
			},
			507,
		),
	],
};
