import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskContext } from '../../context';
import type { Dataset } from '../../contracts';
import type { BatchManifest } from '../../lake';
import { addCounts, sumCounts } from '../../platform/counts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import { DataRefusedError } from '../../platform/errors';
import { printable } from '../../platform/printable';
import type { DatasetFile, SourceFile } from './find-files';
import { MappedColumns, withoutRepeatedNames } from './mapped-columns';
import { type DatasetMapping, requiredColumns } from './mapping';
import { splitParquetRecords } from './parquet-records';
import { createQuarantine, keepRefused, quarantineTable } from './quarantine';
import { describeReading } from './reading';
import { type GatheredChunk, SmallChunks } from './small-chunks';
import { assembleBatch, type StagedBatch, type StagedObject, storedFormat } from './staged-batch';
import { type StagedChunk, type StagedFile, type StagingPlace, stage } from './staging';
import {
	chunkBytes,
	loadRecords,
	type StoredRecords,
	type ValidationOptions,
	validateRecords,
} from './validate-records';

/** How a dataset of a batch is staged. */
export interface StageOptions {
	readonly dataset: Dataset;
	readonly batch: string;
	/** An instant, ISO 8601, UTC. */
	readonly asOf: string;
	readonly mapping: DatasetMapping | undefined;
	/** The largest share of rejected records, 0 to 1. */
	readonly maxRejected: number;
}

/**
 * Reads the files of a dataset, validates their records, and writes Bronze and quarantine objects to scratch.
 * Throws DataRefusedError where a file can't be read, or where too many records are rejected; these are kept for
 * `lake_refused`.
 */
export async function stageDataset(
	context: TaskContext,
	duckdb: DuckDb,
	files: readonly DatasetFile[],
	options: StageOptions,
): Promise<StagedBatch> {
	const { dataset, batch, asOf, mapping } = options;
	const { attempt } = context.run;
	const folder = await context.scratch();
	const fingerprint = createHash('sha256').update(JSON.stringify([dataset.version, mapping ?? null]));
	const sources: BatchManifest['sources'] = [];
	const objects: Omit<StagedObject, 'key'>[] = [];
	const rejected: Record<string, number> = {};
	const mapped = mapping && new MappedColumns(dataset.name, mapping);
	const recordsOfSmall: Record<number, number> = {};
	const small = new SmallChunks(folder, chunkBytes(duckdb), duckdb, async (chunk) => {
		const bronze = join(folder, `bronze-gathered-${objects.length}.parquet`);
		const staged = await validateGathered(duckdb, chunk, bronze, options, mapped);
		addCounts(rejected, staged.rejected);
		objects.push(...staged.objects);
		addCounts(recordsOfSmall, staged.received);
	});
	await createQuarantine(duckdb);
	for (const [index, file] of files.entries()) {
		context.progress.update(`ingesting ${file.name}`, index, files.length);
		const staged = await stageFile(duckdb, file, index, folder, options, { mapped, small }).catch(async (error) => {
			await small.settled();
			throw error;
		});
		addCounts(rejected, staged.rejected);
		objects.push(...staged.objects);
		const { received: records, digest, bytes, header, readAs } = staged;
		// The same bytes are other records when they are read in another way.
		const isUsual = Object.keys(readAs).length === 0;
		fingerprint.update(JSON.stringify([file.name, digest, ...(isUsual ? [] : [readAs])]));
		if (!isUsual) context.log.info(printable(`${file.name} is read as ${describeReading(readAs)}.`));
		const format = storedFormat(file);
		sources.push({ name: file.name, records, bytes, format, ...(header === undefined ? {} : { header }), ...readAs });
	}
	await small.finish();
	for (const [place, records] of Object.entries(recordsOfSmall))
		(sources[Number(place)] as { records: number }).records += records;
	for (const [index, { records }] of sources.entries()) checkNotBlank(files[index] as SourceFile, records);
	context.progress.clear();
	mapped?.check();
	const received = sources.reduce((sum, { records }) => sum + records, 0);
	await checkRejectedShare(context, duckdb, folder, options, { received, rejected: sumCounts(rejected) });
	return assembleBatch(duckdb, folder, {
		...{ dataset, batch, attempt, asOf, sources, rejected },
		...(mapping ? { mapping } : {}),
		fingerprint: fingerprint.digest('hex'),
		bronze: objects,
	});
}

/** Throws DataRefusedError where too many records are rejected, and keeps these for `lake_refused`. */
export async function checkRejectedShare(
	context: TaskContext,
	duckdb: DuckDb,
	folder: string,
	options: StageOptions,
	{ received, rejected }: { readonly received: number; readonly rejected: number },
): Promise<void> {
	if (rejected <= received * options.maxRejected) return;
	await keepRefused(context, duckdb, folder, { ...options, dataset: options.dataset.name });
	throw new DataRefusedError(await describeRejected(duckdb, options, received, rejected));
}

/** What the records of a file are after staging: rows of Parquet and of a sheet become JSON. */
const formats = { ndjson: 'json', parquet: 'json', xlsx: 'json', csv: 'csv' } as const;

/** What became of the records of one file. */
export interface StagedRecords extends StagedFile {
	readonly received: number;
	readonly rejected: Readonly<Record<string, number>>;
	readonly objects: readonly Omit<StagedObject, 'key'>[];
}

/**
 * Reads one file: its valid records go into files of scratch, the others into the quarantine table. `mapped` records
 * which columns the file has. Chunks that `small` takes are not validated here.
 */
export async function stageFile(
	duckdb: DuckDb,
	file: SourceFile,
	index: number,
	folder: string,
	options: Omit<StageOptions, 'maxRejected'>,
	{ mapped, small }: { readonly mapped?: MappedColumns | undefined; readonly small?: SmallChunks } = {},
): Promise<StagedRecords> {
	const required = requiredColumns(options.dataset, options.mapping);
	const objects: Omit<StagedObject, 'key'>[] = [];
	const rejected: Record<string, number> = {};
	let received = 0;
	const place = {
		folder: join(folder, `source-${index}`),
		columns: required,
		chunkBytes: chunkBytes(duckdb),
	};
	const staged = await stageAhead(file, place, async (chunk) => {
		if (await small?.take(chunk, index, file)) return;
		for await (const { records, table } of splitRecords(duckdb, file, chunk, place)) {
			const validated = await validateChunk(duckdb, records, options, mapped, {
				table,
				format: formats[file.format],
				...(chunk.kind === 'delimited' ? { delimiter: chunk.delimiter } : {}),
				file: { index: String(index), name: literal(file.name) },
				longestRecord: chunk.kind === 'parquet' ? 0 : chunk.longestLine,
				numbersWereDoubles: chunk.kind === 'parquet' || file.isFromParquet === true,
				bronze: join(folder, `bronze-${index}-${objects.length}.parquet`),
			});
			received += validated.received;
			addCounts(rejected, validated.rejected);
			objects.push(...validated.objects);
		}
		await rm(chunk.path);
	});
	if (!small) checkNotBlank(file, received);
	return { ...staged, received, rejected, objects };
}

/** Throws DataRefusedError where a file of NDJSON has no records. */
export function checkNotBlank({ format, location, mayBeDocument }: SourceFile, records: number): void {
	if (records === 0 && format === 'ndjson') {
		const what = mayBeDocument ? 'no records' : 'no records, only blank lines';
		throw new DataRefusedError(`${location} has ${what}. The batch is not published.`);
	}
}

/** Validates the records of a gathered chunk; `received` are those of each file, by its place in the batch. */
async function validateGathered(
	duckdb: DuckDb,
	{ records, table, longestLine, fileName }: GatheredChunk,
	bronze: string,
	options: StageOptions,
	mapped: MappedColumns | undefined,
): Promise<Pick<StagedRecords, 'rejected' | 'objects'> & { readonly received: Readonly<Record<number, number>> }> {
	const file = { index: 'file', name: fileName };
	const counts = await duckdb.rows(`select file, count(*) as n from (${records}) group by file`);
	const validated = await validateChunk(duckdb, records, options, mapped, {
		...{ format: 'json', file, longestRecord: longestLine, bronze, table },
	});
	return { ...validated, received: Object.fromEntries(counts.map(({ file, n }) => [String(file), Number(n)])) };
}

/** Validates records as `validateRecords` takes them, but with the names of their source where there is a mapping. */
export async function validateChunk(
	duckdb: DuckDb,
	records: string,
	{ dataset, batch, asOf, mapping }: Omit<StageOptions, 'maxRejected'>,
	mapped: MappedColumns | undefined,
	chunk: Omit<ValidationOptions, 'dataset' | 'batch' | 'mapping' | 'lastDate'>,
): Promise<Pick<StagedRecords, 'received' | 'rejected' | 'objects'>> {
	await mapped?.add(duckdb, records);
	const { received, accepted, rejected, form } = await validateRecords(
		duckdb,
		mapping ? withoutRepeatedNames(records) : records,
		{ ...chunk, dataset, batch, mapping, lastDate: lastValidDate(asOf) },
	);
	return { received, rejected, objects: accepted > 0 ? [{ path: chunk.bronze, rows: accepted, form }] : [] };
}

/** The records of a chunk, in one piece or several; a piece is finished before the next one is asked for. */
async function* splitRecords(
	duckdb: DuckDb,
	file: SourceFile,
	chunk: StagedChunk,
	{ columns, chunkBytes }: StagingPlace,
): AsyncGenerator<StoredRecords> {
	if (chunk.kind !== 'parquet') yield await loadRecords(duckdb, chunk);
	else yield* splitParquetRecords(duckdb, file, chunk.path, { required: columns, pieceBytes: chunkBytes });
}

/** Stages a file's next chunk while the one before is being worked on. */
async function stageAhead(
	file: SourceFile,
	place: StagingPlace,
	work: (chunk: StagedChunk) => Promise<void>,
): Promise<StagedFile> {
	const chunks = stage(file, place);
	let working: Promise<void> = Promise.resolve();
	for (;;) {
		const next = await chunks.next().catch(async (error) => {
			// A caller that goes on with another file needs DuckDB for it.
			await working.catch(() => undefined);
			throw error;
		});
		await working;
		if (next.done) return next.value;
		working = work(next.value);
		// A failure surfaces at the next `await working`; until then it must not count as unhandled.
		working.catch(() => undefined);
	}
}

async function describeRejected(
	duckdb: DuckDb,
	{ dataset: { name: dataset }, batch, maxRejected }: StageOptions,
	received: number,
	rejected: number,
): Promise<string> {
	const examples = await duckdb.rows(
		`select file, line, rule, message from ${quarantineTable}
		 qualify row_number() over (partition by rule order by file, line) = 1 order by rule limit 5`,
	);
	const share = (n: number) => `${Math.round(n * 1000) / 10} %`;
	return [
		`Batch ${batch}: ${rejected} of ${received} records of ${dataset} break their contract (${share(rejected / received)}; the limit is ${share(maxRejected)}). Nothing of the batch is published. The first of each rule:`,
		...examples.map(({ file, line, rule, message }) => printable(`  ${file} line ${line}: ${rule}: ${message}`)),
		`All of them: echo "select * from lake_refused where dataset = '${dataset}' and batch = '${batch}'" | shoplake query -`,
		'Fix the source, or raise --max-rejected if so many rejected records are expected.',
	].join('\n');
}

/** The last date with a year of four digits. */
const lastOfAll = Date.parse('9999-12-31');

/** The last event date, YYYY-MM-DD, that is not in the future for a batch of this as-of. */
export const lastValidDate = (asOf: string): string =>
	new Date(Math.min(Date.parse(asOf) + 24 * 3600_000, lastOfAll)).toISOString().slice(0, 10);
