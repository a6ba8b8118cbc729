import * as z from 'zod';
import { isFileKey } from './layout';
import { areCertainlyPartitions } from './sound-partitions';

/**
 * The format of heads and manifests that this version writes; raised when an older reader could misread a newer file. Since
 * format 2, Bronze is Parquet with typed columns; before it was NDJSON.
 */
export const lakeFormat = 2;
/**
 * The format of the heads of a lake whose days are not those of UTC, and of a ledger with batches that a project's contracts
 * have typed: an earlier reader would take days of UTC, and lose columns.
 */
export const ownFormat = 3;
const format = z.number().int().min(1).max(ownFormat);

const count = z.number().int().nonnegative();

const fileKey = z.string().refine((key) => isFileKey(key), {
	error: ({ input }) => `${JSON.stringify(input)} is not the key of a file of the lake`,
});

/** A file of the lake; those of earlier versions have no digest. */
export const fileRef = z.object({
	key: fileKey,
	rows: count,
	bytes: count,
	/** SHA-256 of its bytes, in hexadecimal digits. */
	sha256: z
		.string()
		.regex(/^[0-9a-f]{64}$/)
		.optional(),
});
export type FileRef = z.infer<typeof fileRef>;

/** The outcomes of a batch's records in one partition; the winners are kept or orphans. */
export const outcomeCounts = z.object({ kept: count, duplicates: count, superseded: count, orphans: count });
export type OutcomeCounts = z.infer<typeof outcomeCounts>;

/** The current version of one partition of a table; it changes whenever the rows do. */
export const partitionEntry = z.object({
	version: z.string(),
	files: z.array(fileRef),
	rows: count,
	/** Of the rows in any order: equal fingerprints mean equal rows. */
	fingerprint: z.string(),
	/** The versions of the partitions that it was computed from, by table and partition. */
	inputs: z.record(z.string(), z.string()).optional(),
	/** In a version history: the outcomes by batch. */
	labels: z.record(z.string(), outcomeCounts).optional(),
	/** Statistics that planning needs without reading the files. */
	facts: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});
export type PartitionEntry = z.infer<typeof partitionEntry>;

/** The key of the one partition of a table that is not partitioned. */
export const whole = 'all';
/** The key of the partition of order items whose order is not known. */
export const unplaced = 'none';

const checkedPartitions = z.record(z.string(), partitionEntry);
/** Partitions in parsed JSON, which are returned as they are if nothing is wrong with them. */
export const partitionEntries = z.unknown().transform((value, context): z.infer<typeof checkedPartitions> => {
	if (areCertainlyPartitions(value)) return value as z.infer<typeof checkedPartitions>;
	const read = checkedPartitions.safeParse(value);
	if (read.success) return read.data;
	for (const { path, message } of read.error.issues) context.addIssue({ code: 'custom', path, message });
	return z.NEVER;
});

/** Everything about one version of a table; immutable. */
export const tableManifest = z.object({
	format,
	table: z.string(),
	contract: z.number().int(),
	partitions: partitionEntries,
});
export type TableManifest = z.infer<typeof tableManifest>;

/** What the ledger holds of one version of a batch. */
export const batchVersion = z.object({
	attempt: z.string(),
	/** An instant, ISO 8601 with milliseconds, UTC. */
	as_of: z.string(),
	received: count,
	rejected: count,
	/** The format of its objects in Bronze and a digest of the contract that typed them; not recorded before format 2. */
	format: count.optional(),
	typed_by: z.string().optional(),
	/** The fields that a project defined when it was typed, with their types; absent where it defined none. */
	own: z.record(z.string(), z.string()).optional(),
	/** The zone whose days its dates and times were typed by; absent where that is UTC, or where it has none of them. */
	time_zone: z.string().optional(),
});
export type BatchVersion = z.infer<typeof batchVersion>;

const byDatasetAndBatch = z.record(z.string(), z.record(z.string(), batchVersion));

/** The batches of a lake, by dataset and batch id: as last ingested, and as admitted into Silver. */
export const ledger = z.object({
	format,
	ingested: byDatasetAndBatch,
	admitted: byDatasetAndBatch,
	/** Batches that a rollback or a withdrawal took out; they are admitted again only by name. */
	left_out: z.record(z.string(), z.array(z.string())),
});
export type Ledger = z.infer<typeof ledger>;

/** How a source writes its records. With it, Bronze's typed columns give back the text of most records. */
export const recordForm = z.object({
	format: z.enum(['json', 'csv']),
	/** What stands between two fields, and (JSON) between a name and its value: with or without spaces. */
	comma: z.string(),
	colon: z.string(),
	/** The fields in the order in which they are written. */
	fields: z.array(
		z.object({
			name: z.string(),
			/** Whether its value is written in double quotes. */
			quoted: z.boolean(),
			/** How the value is spelled, depending on its type: see `spellings`. */
			spelling: z.string(),
			/** What is written if it has no value: nothing, not even its name, or its name and `null`. CSV leaves it empty. */
			ifNull: z.enum(['absent', 'null']),
		}),
	),
});
export type RecordForm = z.infer<typeof recordForm>;

/** One version of a batch in Bronze; immutable. */
export const batchManifest = z.object({
	format,
	dataset: z.string(),
	batch: z.string(),
	attempt: z.string(),
	contract: z.number().int(),
	/** As in the ledger. */
	time_zone: z.string().optional(),
	as_of: z.string(),
	/** The source files in arrival order; a record refers to its own by position. */
	sources: z.array(
		z.object({
			name: z.string(),
			records: count,
			bytes: count,
			format: z.enum(['ndjson', 'csv', 'parquet']).optional(),
			/** The header of a CSV file as it was received. */
			header: z.string().optional(),
			/** The encoding that the file came in, unless it was UTF-8, and what divides its values, unless it is a comma. */
			encoding: z.string().optional(),
			delimiter: z.enum([',', ';', '\t', '|']).optional(),
			/** Of JSON that had no record a line: see `JsonLayout`. Its records are kept as NDJSON. */
			layout: z.enum(['values', 'member']).optional(),
			/** Of a workbook, the sheet. Its rows are kept as NDJSON. */
			sheet: z.string().optional(),
		}),
	),
	/** The mapping that the records were ingested with. */
	mapping: z.unknown().optional(),
	/** The SQL source whose statements gave the records. The counts are of all its rows, whichever dataset they are used by. */
	source: z
		.object({
			name: z.string(),
			/** Of its statements, its settings and the values of its parameters. */
			digest: z.string(),
			rows: count,
			used: count,
			unused: count,
			/** Objects with the rows that no record comes from. */
			unused_files: z.array(fileRef),
		})
		.optional(),
	/** Bronze objects with the records that passed; those of a record without `_raw` is written in its object's form. */
	files: z.array(fileRef.extend({ form: recordForm.optional() })),
	/** Objects with the records that did not. */
	quarantine: z.array(fileRef),
	received: count,
	/** Records of forgotten persons, which were erased; `received` no longer counts them. */
	erased: count.optional(),
	/** Rejected records by rule. */
	rejected: z.record(z.string(), count),
	/** In format 1: no text of a record is empty or has white space around it, so readers need not trim. */
	tidy: z.boolean().optional(),
	/** Of the records, their order and their mapping: equal for equal input. */
	fingerprint: z.string(),
});
export type BatchManifest = z.infer<typeof batchManifest>;

/** All files that a version of a batch names. */
export const listBatchFiles = ({ files, quarantine, source }: BatchManifest): FileRef[] => [
	...files,
	...quarantine,
	...(source?.unused_files ?? []),
];

/** A version of the whole lake; creating the object is the commit. */
export const head = z.object({
	format,
	number: count,
	created_at: z.string(),
	task: z.string(),
	run_id: z.string(),
	/** The try that made the head. */
	attempt: z.string(),
	/** The key of every table's manifest. */
	tables: z.record(z.string(), z.string()),
	/** The key of the ledger; null before the first ingestion. */
	ledger: z.string().nullable(),
	/** Heads before this number may have lost files to vacuum. */
	oldest_kept: count,
	/** A run that saw an earlier head than this can't commit: what it read or wrote may be erased. */
	fence: count.optional(),
	/** The head whose content this one restored, after a rollback. */
	restored: count.optional(),
	/** The zone of the shop's days; absent where it is UTC. */
	time_zone: z.string().optional(),
});
export type Head = z.infer<typeof head>;
