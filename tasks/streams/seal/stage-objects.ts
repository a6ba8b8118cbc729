import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskContext } from '../../context';
import { datasets, type StreamName, streams } from '../../contracts';
import type { ObjectStore } from '../../lake';
import {
	addCounts,
	chunkBytes,
	createQuarantine,
	judge,
	lastValidDate,
	numberSeparator,
	type StagedBatch,
	type StagedObject,
	separatedText,
	stagedBatch,
} from '../../pipeline/bronze';
import { mapConcurrently } from '../../platform/concurrency';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { InternalError } from '../../platform/errors';
import { ChunkFiles } from './chunk-files';
import type { Delivered } from './delivered';
import { longestLine, type ObjectLine, readLines } from './object-lines';
import { withDefault } from './undated';

/** Objects that are read at once: one of a single record takes a request and hardly any bytes. */
const parallelReads = 32;

/** What a batch of a stream is sealed as. */
export interface SealOptions {
	readonly stream: StreamName;
	readonly batch: string;
	/** An instant, ISO 8601, UTC. */
	readonly asOf: string;
	/** Names the files that are written. */
	readonly attempt: string;
}

/**
 * Reads delivered objects, many at a time, and leaves them in scratch as one batch: few Bronze objects, however many were
 * delivered, and the quarantine. A record keeps the place of its object in `objects`, and its line. No record stops the
 * others: what can't be read is in quarantine too.
 */
export async function stageObjects(
	context: TaskContext,
	duckdb: DuckDb,
	store: ObjectStore,
	objects: readonly Delivered[],
	{ stream, batch, asOf, attempt }: SealOptions,
): Promise<StagedBatch> {
	const { dataset } = streams[stream];
	const folder = await context.scratch();
	await mkdir(folder, { recursive: true });
	await createQuarantine(duckdb);
	await createNames(duckdb, objects);
	const staged: Omit<StagedObject, 'key'>[] = [];
	const rejected: Record<string, number> = {};
	let judgedRecords = 0;
	let tidy = true;
	const chunks = new ChunkFiles(folder, chunkBytes(duckdb), async (path) => {
		const bronze = join(folder, `bronze-${staged.length}.ndjson.zst`);
		const judged = await judge(duckdb, recordsIn(path), {
			dataset,
			batch,
			mapping: undefined,
			lastDate: lastValidDate(asOf),
			file: { index: 'file', name: '(select name from delivered_names where place = judged.file)' },
			longestRecord: longestText,
			bronze,
		});
		judgedRecords += judged.received;
		tidy &&= judged.tidy;
		addCounts(rejected, judged.rejected);
		if (judged.accepted > 0) staged.push({ path: bronze, rows: judged.accepted });
	});
	let done = 0;
	const sources = await mapConcurrently(objects, parallelReads, async (object, place) => {
		context.signal.throwIfAborted();
		const source = await readObject(store, object, place, streams[stream].isDatedByDelivery, chunks);
		if (++done % 100 === 0) context.progress.update(`objects of ${stream}`, done, objects.length);
		return source;
	});
	await chunks.end();
	context.progress.clear();
	const received = sources.reduce((sum, { records }) => sum + records, 0);
	if (received !== judgedRecords) {
		throw new InternalError(
			`Of ${received} records of ${stream} the rules have seen ${judgedRecords}. Nothing is sealed; please report this.`,
		);
	}
	const keys = objects.map(({ key }) => key);
	return stagedBatch(duckdb, folder, {
		...{ dataset, batch, attempt, asOf, sources, rejected, tidy },
		fingerprint: createHash('sha256')
			.update(JSON.stringify([datasets[dataset].version, keys]))
			.digest('hex'),
		bronze: staged,
	});
}

async function readObject(
	store: ObjectStore,
	{ key, name, hour }: Delivered,
	place: number,
	isDatedByDelivery: boolean,
	chunks: ChunkFiles,
): Promise<{ name: string; records: number; bytes: number }> {
	let number = 0;
	let records = 0;
	const meter = { bytes: 0 };
	for await (const lines of readLines(await store.read(key), meter)) {
		const texts: string[] = [];
		for (const line of lines) {
			const { raw, fault } = line;
			number++;
			if (fault === undefined && raw.trim() === '') continue;
			records++;
			const instead = isDatedByDelivery && fault === undefined ? withDefault(raw, 'event_time', hour) : undefined;
			texts.push(chunkLine(place, number, line, instead));
		}
		if (texts.length > 0) await chunks.add(texts.join(''));
	}
	return { name, records, bytes: meter.bytes };
}

/**
 * A line of a chunk: the object's place, the line's number, the record, its own text where the record is another, and why
 * it can't be taken apart, where there is no record.
 */
function chunkLine(place: number, number: number, { raw, fault }: ObjectLine, instead = raw): string {
	const record = fault === undefined ? fitForChunk(instead) : '';
	const original = fault === undefined && record === raw ? '' : JSON.stringify(raw);
	return `${[place, number, record, original, fault ?? ''].join(numberSeparator)}\n`;
}

/** No record may hold the separator or a carriage return: neither is part of a string in JSON. */
const fitForChunk = (record: string): string => record.replaceAll('\r', '\t').replaceAll(numberSeparator, '\x1a');

/** Of a line of a chunk: a record, and its own text as a string of JSON. */
const longestText = 8 * longestLine;

function recordsIn(path: string): string {
	const columns = { file: 'int', line: 'bigint', json: 'varchar', original: 'varchar', fault: 'varchar' };
	return `select file, line, json, case when original is null then json else json_extract_string(original, '$') end as raw, fault
		from ${separatedText(path, columns, longestText)}`;
}

/** Names of objects that are put into a table in one statement. */
const namesAtATime = 10_000;

async function createNames(duckdb: DuckDb, objects: readonly Delivered[]): Promise<void> {
	await duckdb.execute('create or replace temp table delivered_names (place int, name varchar)');
	for (let first = 0; first < objects.length; first += namesAtATime) {
		const names = JSON.stringify(objects.slice(first, first + namesAtATime).map(({ name }) => name));
		await duckdb.execute(
			`insert into delivered_names
			 select ${first} + cast(item.key as int), json_extract_string(item.value, '$') from json_each($names) as item`,
			{ names },
		);
	}
}
