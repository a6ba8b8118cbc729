import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskContext } from '../../context';
import { getDataset, type StreamName, streams } from '../../contracts';
import type { ObjectStore } from '../../lake';
import {
	assembleBatch,
	chunkBytes,
	createQuarantine,
	lastValidDate,
	numberSeparator,
	type StagedBatch,
	type StagedObject,
	separatedTextSql,
	validateRecords,
} from '../../pipeline/bronze';
import { mapConcurrently } from '../../platform/concurrency';
import { addCounts } from '../../platform/counts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { InternalError } from '../../platform/errors';
import { ChunkFiles } from './chunk-files';
import { withDefault } from './default-field';
import type { DeliveredObject } from './delivered-objects';
import { maxLineBytes, type ObjectLine, readObjectLines } from './object-lines';

/** Objects read in parallel: an object with a single record is one request and hardly any bytes. */
const parallelReads = 32;

/** The identity of a sealed batch. */
export interface SealOptions {
	readonly stream: StreamName;
	readonly batch: string;
	/** An instant, ISO 8601, UTC. */
	readonly asOf: string;
	/** Part of the names of the files written. */
	readonly attempt: string;
}

/**
 * Reads delivered objects in parallel and stages them in scratch as one batch: a few Bronze objects, however many were
 * delivered, and the quarantine. A record keeps the index of its object in `objects` and its line. No record stops the
 * others: what can't be read goes to quarantine too.
 */
export async function stageObjects(
	context: TaskContext,
	duckdb: DuckDb,
	store: ObjectStore,
	objects: readonly DeliveredObject[],
	{ stream, batch, asOf, attempt }: SealOptions,
): Promise<StagedBatch> {
	const dataset = getDataset((await context.lake()).contracts, streams[stream].dataset);
	const folder = await context.scratch();
	await mkdir(folder, { recursive: true });
	await createQuarantine(duckdb);
	await createNames(duckdb, objects);
	const staged: Omit<StagedObject, 'key'>[] = [];
	const rejected: Record<string, number> = {};
	let validatedRecords = 0;
	const chunks = new ChunkFiles(folder, chunkBytes(duckdb), async (path) => {
		const bronze = join(folder, `bronze-${staged.length}.parquet`);
		const validated = await validateRecords(duckdb, recordsIn(path), {
			dataset,
			batch,
			mapping: undefined,
			format: 'json',
			lastDate: lastValidDate(asOf),
			file: { index: 'file', name: '(select name from delivered_names where place = validated.file)' },
			longestRecord: maxChunkLineBytes,
			bronze,
		});
		validatedRecords += validated.received;
		addCounts(rejected, validated.rejected);
		if (validated.accepted > 0) staged.push({ path: bronze, rows: validated.accepted, form: validated.form });
	});
	let done = 0;
	const stage = async (object: DeliveredObject, index: number) => {
		const source = await readObject(store, object, index, streams[stream].isDatedByDelivery, chunks);
		if (++done % 100 === 0) context.progress.update(`objects of ${stream}`, done, objects.length);
		return source;
	};
	const sources = await mapConcurrently(objects, parallelReads, stage, context.signal);
	await chunks.end();
	context.progress.clear();
	const received = sources.reduce((sum, { records }) => sum + records, 0);
	if (received !== validatedRecords) {
		throw new InternalError(
			`${received} records of ${stream} were read, but ${validatedRecords} were validated. Nothing is sealed; please report this.`,
		);
	}
	const keys = objects.map(({ key }) => key);
	return assembleBatch(duckdb, folder, {
		...{ dataset, batch, attempt, asOf, sources, rejected },
		fingerprint: createHash('sha256')
			.update(JSON.stringify([dataset.version, keys]))
			.digest('hex'),
		bronze: staged,
	});
}

async function readObject(
	store: ObjectStore,
	{ key, name, hour }: DeliveredObject,
	index: number,
	isDatedByDelivery: boolean,
	chunks: ChunkFiles,
): Promise<{ name: string; records: number; bytes: number }> {
	let number = 0;
	let records = 0;
	const meter = { bytes: 0 };
	for await (const lines of readObjectLines(await store.read(key), meter)) {
		const texts: string[] = [];
		for (const line of lines) {
			const { raw, fault } = line;
			number++;
			if (fault === undefined && raw.trim() === '') continue;
			records++;
			const replacement = isDatedByDelivery && fault === undefined ? withDefault(raw, 'event_time', hour) : undefined;
			texts.push(chunkLine(index, number, line, replacement));
		}
		if (texts.length > 0) await chunks.add(texts.join(''));
	}
	return { name, records, bytes: meter.bytes };
}

/**
 * A line of a chunk: the object's index, the line's number, the record, the original text if the record differs from it,
 * and the fault if there is no record.
 */
function chunkLine(index: number, number: number, { raw, fault }: ObjectLine, replacement = raw): string {
	const record = fault === undefined ? escapeSeparators(replacement) : '';
	const original = fault === undefined && record === raw ? '' : JSON.stringify(raw);
	return `${[index, number, record, original, fault ?? ''].join(numberSeparator)}\n`;
}

/** Removes the separator and carriage returns from a record; JSON has neither within a string. */
const escapeSeparators = (record: string): string => record.replaceAll('\r', '\t').replaceAll(numberSeparator, '\x1a');

/** Longest line of a chunk, in bytes: a record, and its original text as a JSON string. */
const maxChunkLineBytes = 8 * maxLineBytes;

function recordsIn(path: string): string {
	const columns = { file: 'int', line: 'bigint', json: 'varchar', original: 'varchar', fault: 'varchar' };
	return `select file, line, json, case when original is null then json else json_extract_string(original, '$') end as raw, fault
		from ${separatedTextSql(path, columns, maxChunkLineBytes)}`;
}

/** Object names inserted per statement. */
const namesPerInsert = 10_000;

async function createNames(duckdb: DuckDb, objects: readonly DeliveredObject[]): Promise<void> {
	await duckdb.execute('create or replace temp table delivered_names (place int, name varchar)');
	for (let first = 0; first < objects.length; first += namesPerInsert) {
		const names = JSON.stringify(objects.slice(first, first + namesPerInsert).map(({ name }) => name));
		await duckdb.execute(
			`insert into delivered_names
			 select ${first} + cast(item.key as int), json_extract_string(item.value, '$') from json_each($names) as item`,
			{ names },
		);
	}
}
