import type { TaskContext } from '../../context';
import type { DatasetName } from '../../contracts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import type { SourceFile } from './find-files';
import { createQuarantine, keepRefused, quarantineTable } from './quarantine';
import { type JudgedFile, stageFile } from './stage-dataset';
import { sumCounts } from './staged-batch';
import { UnreadableFileError } from './unreadable-file';

/** What ingestion would make of a file. */
export type ExaminedFile =
	| { readonly readable: false; readonly why: string }
	| {
			readonly readable: true;
			readonly received: number;
			readonly rejected: number;
			/** The first rejected records, by line. */
			readonly examples: readonly { readonly line: number; readonly rule: string; readonly message: string }[];
			/** NDJSON in scratch: the records that pass, as Bronze would have them. */
			readonly accepted: JudgedFile['objects'];
	  };

/** The rejected records of all files. */
const examinedTable = 'examined_quarantine';

/** Judges files as `ingest` does, and publishes nothing. */
export class Examiner {
	private constructor(
		private readonly duckdb: DuckDb,
		/** A folder of its own. */
		private readonly folder: string,
		private readonly batch: { readonly batch: string; readonly asOf: string },
	) {}

	static async create(
		duckdb: DuckDb,
		folder: string,
		batch: { readonly batch: string; readonly asOf: string },
	): Promise<Examiner> {
		await createQuarantine(duckdb);
		await duckdb.execute(`create or replace temp table ${examinedTable} as from ${quarantineTable}`);
		return new Examiner(duckdb, folder, batch);
	}

	/** Judges one file; `index` is its place, and no other file's. No more than so many examples are given. */
	async examine(file: SourceFile, index: number, { examples }: { readonly examples: number }): Promise<ExaminedFile> {
		const dataset: DatasetName = file.dataset;
		let judged: JudgedFile;
		try {
			judged = await stageFile(this.duckdb, file, index, this.folder, { dataset, ...this.batch, mapping: undefined });
		} catch (error) {
			if (error instanceof UnreadableFileError) return { readable: false, why: error.why };
			throw error;
		}
		const rows = await this.duckdb.rows(
			`select line, rule, message from ${quarantineTable} where file = ${literal(file.name)} order by line limit ${examples}`,
		);
		await this.duckdb.execute(`insert into ${examinedTable} from ${quarantineTable}`);
		// What is told of one file is not needed for the next.
		await createQuarantine(this.duckdb);
		return {
			readable: true,
			received: judged.received,
			rejected: sumCounts(judged.rejected),
			examples: rows.map(({ line, rule, message }) => ({
				line: Number(line),
				rule: String(rule),
				message: String(message),
			})),
			accepted: judged.objects,
		};
	}

	/** Keeps the rejected records of all files examined for `lake_refused`: the batch is refused for them. */
	async keepRefused(context: TaskContext): Promise<void> {
		const datasets = await this.duckdb.rows(`select distinct dataset from ${examinedTable} order by dataset`);
		for (const { dataset } of datasets) {
			const { batch } = this.batch;
			await keepRefused(context, this.duckdb, this.folder, { dataset: String(dataset), batch, table: examinedTable });
		}
	}
}
