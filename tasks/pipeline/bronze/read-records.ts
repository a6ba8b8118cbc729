import { rm } from 'node:fs/promises';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import type { SourceFile } from './find-files';
import { listParquetPieces, loadParquetPiece } from './parquet-records';
import { type StagedFile, stage } from './staging';
import { chunkBytes, loadRecords, type StoredRecords } from './validate-records';

/**
 * Reads a file of any columns, a piece at a time: `take` is called with the records of each, whose table it drops. Throws
 * DataRefusedError if the file can't be read.
 */
export async function readRecords(
	duckdb: DuckDb,
	file: SourceFile,
	folder: string,
	take: (records: StoredRecords) => Promise<void>,
): Promise<StagedFile> {
	const pieceBytes = chunkBytes(duckdb);
	const chunks = stage(file, { folder, columns: [], chunkBytes: pieceBytes });
	for (;;) {
		const next = await chunks.next();
		if (next.done) return next.value;
		const chunk = next.value;
		if (chunk.kind === 'parquet') {
			for (const piece of await listParquetPieces(duckdb, file, chunk.path, { required: [], pieceBytes })) {
				await take(await loadParquetPiece(duckdb, file, piece));
			}
		} else await take(await loadRecords(duckdb, chunk));
		await rm(chunk.path);
	}
}
