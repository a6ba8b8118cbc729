import { appendFile, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import type { StagedChunk } from './staging';
import { measureLines } from './text-blocks';
import { loadRecords, type StoredRecords } from './validate-records';

/** Where the lines of each file are in the present gathered chunk. */
const table = 'gathered_files';
/** The records of the present gathered chunk. */
const recordsTable = 'gathered_records';
/** The most files whose chunks become one. */
const mostFiles = 1000;
/** Chunks with a longer line, in bytes, stay small: they take many times their size in memory. */
const mostLineBytes = 1024;
const lineFeed = 10;

/** Many small chunks as one; a record has `file`, the place of its file in the batch. */
export interface GatheredChunk extends StoredRecords {
	/** Bytes of the longest line. */
	readonly longestLine: number;
	/** SQL of the name of the file of a row of `validated`. */
	readonly fileName: string;
}

/** Gathers the chunks of small NDJSON files: a year of days has thousands of them, and each chunk costs its statements. */
export class SmallChunks {
	private held: { readonly place: number; readonly name: string; readonly firstLine: number; readonly path: string }[] =
		[];
	private bytes = 0;
	private number = 0;
	private outline = '';

	constructor(
		private readonly folder: string,
		/** The usual size of a chunk. */
		private readonly chunkBytes: number,
	) {}

	/**
	 * Takes a chunk of the file at a place of the batch; returns false if it is not small, or not written as those that are
	 * taken: the records of a chunk have one form.
	 */
	async take(chunk: StagedChunk, place: number, name: string): Promise<boolean> {
		if (chunk.kind !== 'lines' || chunk.longestLine > mostLineBytes) return false;
		const { size } = await stat(chunk.path);
		if (size > this.chunkBytes / 4) return false;
		const outline = outlineFirstLine(await readFile(chunk.path));
		if (this.held.length > 0 && outline !== this.outline) return false;
		this.outline = outline;
		this.held.push({ place, name, firstLine: chunk.firstLine, path: chunk.path });
		this.bytes += size;
		return true;
	}

	get isEmpty(): boolean {
		return this.held.length === 0;
	}

	get isFull(): boolean {
		return this.bytes >= this.chunkBytes || this.held.length >= mostFiles;
	}

	/** The chunks taken so far as one. */
	async gather(duckdb: DuckDb): Promise<GatheredChunk> {
		const path = join(this.folder, `gathered-${this.number++}`);
		const files: string[] = [];
		let firstRow = 1;
		let longestLine = 0;
		let emptyBefore = 0;
		for (const { place, name, firstLine, path: own } of this.held.splice(0)) {
			const lines = withLastLineEnd(await readFile(own));
			await rm(own);
			await appendFile(path, lines);
			const { count, longest, emptyBytes } = measureLines(lines, emptyBefore);
			longestLine = Math.max(longestLine, longest);
			emptyBefore = emptyBytes;
			files.push(`(${place}, ${literal(name)}, ${firstRow}, ${count}, ${firstLine})`);
			firstRow += count;
		}
		this.bytes = 0;
		await duckdb.execute(
			`create or replace temp table ${table} as
			 from (values ${files.join(', ')}) as files (file, name, first_row, rows, first_line)`,
		);
		const lines = await loadRecords(duckdb, { path, kind: 'lines', firstLine: 1, longestLine });
		await duckdb.execute(
			`create or replace temp table ${recordsTable} as
			 with places as (
				select file, first_line - first_row as shift, unnest(range(first_row, first_row + rows)) as line from ${table}
			 )
			 select file, lines.line + shift as line, raw from (${lines.records}) as lines join places on lines.line = places.line`,
		);
		await duckdb.execute(`drop table ${lines.table}`);
		await rm(path);
		return {
			longestLine,
			table: recordsTable,
			records: `select file, line, raw as json, raw, cast(null as varchar) as fault from ${recordsTable}`,
			fileName: `(select name from ${table} where ${table}.file = validated.file)`,
		};
	}
}

const withLastLineEnd = (lines: Buffer): Buffer =>
	lines.at(-1) === lineFeed ? lines : Buffer.concat([lines, Buffer.from([lineFeed])]);

/** The first record of a chunk without its values: names, separators, quotes, and how times are written. */
function outlineFirstLine(lines: Buffer): string {
	const [line = ''] = lines
		.subarray(0, 2 * mostLineBytes)
		.toString()
		.trimStart()
		.split('\n');
	return line
		.replace(/("(?:[^"\\]|\\.)*")(\s*[,}])/g, (_, value: string, end: string) =>
			/^"\d{4}-\d\d-\d\d/.test(value) ? value.replace(/\d/g, '0') + end : `"v"${end}`,
		)
		.replace(/(:\s*)-?\d[\d.eE+-]*/g, '$1n');
}
