import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionPool } from '../../platform/duckdb/connection-pool';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import { DataRefusedError } from '../../platform/errors';
import type { SourceFile } from './find-files';
import type { MappedColumns } from './mapped-columns';
import { requiredColumns } from './mapping';
import { listParquetPieces, loadParquetPiece } from './parquet-records';
import { type GatheredChunk, SmallChunks } from './small-chunks';
import { type StagedChunk, type StagedFile, type StagingPlace, stage } from './staging';
import { type ChunkOutcome, type StageOptions, validateChunk } from './validate-chunk';
import { loadRecords, type StoredRecords } from './validate-records';

/** What became of the records of a chunk; `byFile` are those received of each file, by its place in the batch. */
export interface StagedRecords extends ChunkOutcome {
	readonly byFile: Readonly<Record<number, number>>;
}

/** Where the chunks of files are staged and validated. */
export interface ChunkPlace extends Pick<StagingPlace, 'folder' | 'chunkBytes'> {
	readonly pool: ConnectionPool<StagedRecords>;
	/** Records which columns the files have. */
	readonly mapped?: MappedColumns | undefined;
}

/** What the records of a file are after staging: rows of Parquet and of a sheet become JSON. */
const formats = { ndjson: 'json', parquet: 'json', xlsx: 'json', csv: 'csv' } as const;

/**
 * Reads one file, and starts to validate each of its chunks while the next is read: valid records go into files of scratch, the
 * others into the quarantine table. Chunks that `small` takes are not validated here.
 */
export async function stageFile(
	file: SourceFile,
	index: number,
	{ folder, chunkBytes, pool, mapped }: ChunkPlace,
	options: Omit<StageOptions, 'maxRejected'>,
	small?: SmallChunks,
): Promise<StagedFile> {
	const required = requiredColumns(options.dataset, options.mapping);
	const chunks = stage(file, { folder: join(folder, `source-${index}`), columns: required, chunkBytes });
	let started = 0;
	const validate = (chunk: StagedChunk, load: (duckdb: DuckDb) => Promise<StoredRecords>) => {
		const bronze = join(folder, `bronze-${index}-${started++}.parquet`);
		return pool.start(async (duckdb) => {
			const { records, table, delimited } = await load(duckdb);
			const validated = await validateChunk(duckdb, records, options, mapped, {
				table,
				delimited,
				format: formats[file.format],
				...(chunk.kind === 'delimited' ? { delimiter: chunk.delimiter } : {}),
				file: { index: String(index), name: literal(file.name) },
				longestRecord: chunk.kind === 'parquet' ? 0 : chunk.longestLine,
				numbersWereDoubles: chunk.kind === 'parquet' || file.isFromParquet === true,
				bronze,
			});
			return { ...validated, byFile: { [index]: validated.received } };
		});
	};
	for (;;) {
		const next = await chunks.next();
		if (next.done) return next.value;
		const chunk = next.value;
		if (chunk.kind === 'parquet') {
			const pieces = await pool.run((duckdb) =>
				listParquetPieces(duckdb, file, chunk.path, { required, pieceBytes: chunkBytes }),
			);
			let unread = pieces.length;
			for (const piece of pieces) {
				await validate(chunk, async (duckdb) => {
					const loaded = await loadParquetPiece(duckdb, file, piece);
					unread--;
					if (unread === 0) await rm(chunk.path);
					return loaded;
				});
			}
		} else if (!(await small?.take(chunk, index, file))) {
			await validate(chunk, async (duckdb) => {
				const loaded = await loadRecords(duckdb, chunk);
				await rm(chunk.path);
				return loaded;
			});
		}
	}
}

/** Gathers the small chunks of a dataset's files, and validates them as `stageFile` the others. */
export const gatherSmallChunks = (
	{ folder, chunkBytes, pool, mapped }: ChunkPlace,
	options: Omit<StageOptions, 'maxRejected'>,
): SmallChunks =>
	new SmallChunks(folder, chunkBytes, (load, number) =>
		pool.start(async (duckdb) => {
			const bronze = join(folder, `bronze-gathered-${number}.parquet`);
			return validateGathered(duckdb, await load(duckdb), bronze, options, mapped);
		}),
	);

async function validateGathered(
	duckdb: DuckDb,
	{ records, table, longestLine, fileName }: GatheredChunk,
	bronze: string,
	options: Omit<StageOptions, 'maxRejected'>,
	mapped: MappedColumns | undefined,
): Promise<StagedRecords> {
	const file = { index: 'file', name: fileName };
	const counts = await duckdb.rows(`select file, count(*) as n from (${records}) group by file`);
	const validated = await validateChunk(duckdb, records, options, mapped, {
		...{ format: 'json', file, longestRecord: longestLine, bronze, table },
	});
	return { ...validated, byFile: Object.fromEntries(counts.map(({ file, n }) => [String(file), Number(n)])) };
}

/** Throws DataRefusedError where a file of NDJSON has no records. */
export function checkNotBlank({ format, location, mayBeDocument }: SourceFile, records: number): void {
	if (records === 0 && format === 'ndjson') {
		const what = mayBeDocument ? 'no records' : 'no records, only blank lines';
		throw new DataRefusedError(`${location} has ${what}. The batch is not published.`);
	}
}
