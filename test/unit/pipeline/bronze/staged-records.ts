import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { SourceFile } from '../../../../tasks/pipeline/bronze';
import { stage } from '../../../../tasks/pipeline/bronze/staging';
import { loadRecords } from '../../../../tasks/pipeline/bronze/validate-records';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';

/** A record of a source as staging hands it on. */
export interface StagedRecord {
	readonly line: number;
	readonly json: string | null;
	readonly raw: string;
	readonly fault: string | null;
}

/** Stages files and reads their records; made once for the tests of a file. */
export class Stager {
	private constructor(
		private readonly folder: string,
		private readonly duckdb: DuckDb,
	) {}

	static async open(): Promise<Stager> {
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-stage-'));
		return new Stager(folder, await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 1, scratch: folder }));
	}

	/** The records of a text file, which comes in pieces of at most so many bytes. */
	async records(
		content: Buffer,
		file: Partial<SourceFile> & Pick<SourceFile, 'format'>,
		{ columns = [] as readonly string[], pieceBytes = 64 * 1024, chunkBytes = 100_000 } = {},
	): Promise<StagedRecord[]> {
		const pieces = Array.from({ length: Math.ceil(content.length / pieceBytes) }, (_, place) =>
			content.subarray(place * pieceBytes, (place + 1) * pieceBytes),
		);
		const open = async () => Readable.from(pieces);
		const source: SourceFile = { dataset: 'orders', name: 'x', location: 'x', gzip: false, ...file, open };
		const records: StagedRecord[] = [];
		for await (const chunk of stage(source, { folder: this.folder, columns, chunkBytes })) {
			if (chunk.kind === 'parquet') continue;
			const loaded = await loadRecords(this.duckdb, chunk);
			const rows = await this.duckdb.rows(`select * from (${loaded.records}) order by line`);
			records.push(...rows.map((row) => ({ ...row, line: Number(row.line) }) as StagedRecord));
			await rm(chunk.path);
		}
		return records;
	}

	async close(): Promise<void> {
		await this.duckdb.close();
		await rm(this.folder, { recursive: true });
	}
}
