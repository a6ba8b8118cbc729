import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import type { SourceFile } from './find-files';
import type { StagedChunk } from './staging';
import { isNotBlank, type StoredRecords, separatedTextSql } from './validate-records';

/** The lines of the present gathered chunk, each with the number of its file; a blank one is null. */
const lineTable = 'gathered_lines';
/** The files of the present gathered chunk; `shift` makes a line's number of its place in `gathered_lines`. */
const fileTable = 'gathered_files';
/** The most files whose chunks become one. */
const mostFiles = 1000;
/** Digits of the number of a file. */
const digits = 6;
/** Chunks with a longer line, in bytes, stay small: they take many times their size in memory. */
const mostLineBytes = 1024;

/** Many small chunks as one; a record has `file`, the place of its file in the batch. */
export interface GatheredChunk extends StoredRecords {
	/** Bytes of the longest line. */
	readonly longestLine: number;
	/** SQL of the name of the file of a row of `validated`. */
	readonly fileName: string;
}

type TakenFile = Pick<SourceFile, 'name' | 'isFromParquet'>;

/** A chunk that is taken: the file that it is of, and the number of its first line there. */
interface HeldChunk {
	readonly place: number;
	readonly name: string;
	readonly firstLine: number;
}

/**
 * Gathers the chunks of small NDJSON files: a year of days has thousands of them, and each chunk costs its statements.
 */
export class SmallChunks {
	private held: HeldChunk[] = [];
	private bytes = 0;
	private longestLine = 0;
	private number = 0;
	private outline = '';

	constructor(
		private readonly folder: string,
		/** The usual size of a chunk. */
		private readonly chunkBytes: number,
		/** Starts to validate the chunks taken so far, as one; `load` makes it, of which `number` have been before. */
		private readonly validate: (load: (duckdb: DuckDb) => Promise<GatheredChunk>, number: number) => Promise<void>,
	) {}

	/**
	 * Takes a chunk of the file at a place of the batch; returns false if it is not small, or not written as those that are
	 * taken: the records of a chunk have one form, and came as text.
	 */
	async take(chunk: StagedChunk, place: number, file: TakenFile): Promise<boolean> {
		const isTaken = !file.isFromParquet && (await this.hold(chunk, place, file.name));
		if (isTaken && (this.bytes >= this.chunkBytes || this.held.length >= mostFiles)) await this.finish();
		return isTaken;
	}

	/** Starts to validate what is left of the chunks taken. */
	async finish(): Promise<void> {
		if (this.held.length === 0) return;
		const { held, longestLine } = this;
		const folder = this.gathered();
		this.held = [];
		this.bytes = 0;
		this.longestLine = 0;
		await this.validate((duckdb) => gather(duckdb, folder, held, longestLine), this.number++);
	}

	private async hold(chunk: StagedChunk, place: number, name: string): Promise<boolean> {
		if (chunk.kind !== 'lines' || chunk.longestLine > mostLineBytes) return false;
		const { size, start } = await readStart(chunk.path);
		if (size > this.chunkBytes / 4) return false;
		const outline = outlineFirstLine(start);
		const isFirst = this.held.length === 0;
		if (!isFirst && outline !== this.outline) return false;
		this.outline = outline;
		if (isFirst) await mkdir(this.gathered());
		await rename(chunk.path, join(this.gathered(), String(this.held.length).padStart(digits, '0')));
		this.held.push({ place, name, firstLine: chunk.firstLine });
		this.bytes += size;
		this.longestLine = Math.max(this.longestLine, chunk.longestLine);
		return true;
	}

	/** The folder of the chunks taken so far. */
	private gathered(): string {
		return join(this.folder, `gathered-${this.number}`);
	}
}

/** Loads the chunks in a folder as one. */
async function gather(
	duckdb: DuckDb,
	folder: string,
	held: readonly HeldChunk[],
	longestLine: number,
): Promise<GatheredChunk> {
	// The names of the files are their numbers, and DuckDB reads them in the order of their names.
	await duckdb.executeInOrder(
		`create or replace temp table ${lineTable} as select cast(right(filename, ${digits}) as integer) as number, case when ${isNotBlank} then raw end as raw
		 from ${separatedTextSql(join(folder, '*'), { raw: 'varchar' }, longestLine)}`,
	);
	await rm(folder, { recursive: true });
	const files = held.map(
		({ place, name, firstLine }, number) => `(${number}, ${place}, ${literal(name)}, ${firstLine})`,
	);
	await duckdb.execute(
		`create or replace temp table ${fileTable} as
		 select number, file, name, first_line - first_row as shift
		 from (values ${files.join(', ')}) as files (number, file, name, first_line)
		 join (select number, min(rowid) as first_row from ${lineTable} group by number) as lines using (number)`,
	);
	return {
		longestLine,
		table: lineTable,
		records: `select file, ${lineTable}.rowid + shift as line, raw as json, raw, cast(null as varchar) as fault
			from ${lineTable} join ${fileTable} using (number) where raw is not null`,
		fileName: `(select any_value(name) from ${fileTable} where ${fileTable}.file = validated.file)`,
	};
}

/** The size of a chunk, and as much of its start as its first record may take. */
async function readStart(path: string): Promise<{ readonly size: number; readonly start: Buffer }> {
	const file = await open(path);
	try {
		const { size } = await file.stat();
		const { buffer, bytesRead } = await file.read(Buffer.alloc(2 * mostLineBytes));
		return { size, start: buffer.subarray(0, bytesRead) };
	} finally {
		await file.close();
	}
}

/** The first record of a chunk without its values: names, separators, quotes, and how times are written. */
function outlineFirstLine(start: Buffer): string {
	const [line = ''] = start.toString().trimStart().split('\n');
	return line
		.replace(/("(?:[^"\\]|\\.)*")(\s*[,}])/g, (_, value: string, end: string) =>
			/^"\d{4}-\d\d-\d\d/.test(value) ? value.replace(/\d/g, '0') + end : `"v"${end}`,
		)
		.replace(/(:\s*)-?\d[\d.eE+-]*/g, '$1n');
}
