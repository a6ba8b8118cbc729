import type { TaskContext } from '../../context';
import { type Contracts, getDataset } from '../../contracts';
import { addCounts, sumCounts } from '../../platform/counts';
import { withConnectionPool } from '../../platform/duckdb/connection-pool';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import type { DatasetFile } from './find-files';
import type { Mapping } from './mapping';
import { createQuarantine, keepRefused, quarantineTable } from './quarantine';
import { checkNotBlank, type StagedRecords, stageFile } from './stage-file';
import { UnreadableFileError } from './unreadable-file';
import { planChunks } from './validate-records';

/** What ingestion would do with a file. */
export type ValidatedFile =
	| { readonly readable: false; readonly why: string }
	| {
			readonly readable: true;
			readonly received: number;
			readonly rejected: number;
			readonly byRule: Readonly<Record<string, number>>;
			/** The first rejected records, by line. */
			readonly examples: readonly { readonly line: number; readonly rule: string; readonly message: string }[];
			/** Parquet in scratch: the records that pass, as Bronze would have them. */
			readonly accepted: StagedRecords['objects'];
	  };

/** The table of the rejected records of all files. */
const rejectedTable = 'all_rejected';

/** Validates files as `ingest` does, and publishes nothing. */
export class FileValidator {
	private constructor(
		private readonly duckdb: DuckDb,
		/** A folder of its own. */
		private readonly folder: string,
		private readonly batch: { readonly batch: string; readonly asOf: string },
		private readonly contracts: Contracts,
		private readonly mapping: Mapping,
	) {}

	static async create(
		duckdb: DuckDb,
		folder: string,
		batch: { readonly batch: string; readonly asOf: string },
		contracts: Contracts,
		mapping: Mapping = {},
	): Promise<FileValidator> {
		await createQuarantine(duckdb);
		await duckdb.execute(`create or replace temp table ${rejectedTable} as from ${quarantineTable}`);
		return new FileValidator(duckdb, folder, batch, contracts, mapping);
	}

	/** Validates one file. `index` is its place among the files; at most `examples` rejected records are returned. */
	async validate(
		file: DatasetFile,
		index: number,
		{ examples }: { readonly examples: number },
	): Promise<ValidatedFile> {
		let staged: StagedRecords[];
		try {
			staged = await this.stage(file, index);
		} catch (error) {
			if (error instanceof UnreadableFileError) return { readable: false, why: error.why };
			throw error;
		}
		const rows = await this.duckdb.rows(
			`select line, rule, message from ${quarantineTable} where file = ${literal(file.name)} order by line limit ${examples}`,
		);
		await this.duckdb.execute(`insert into ${rejectedTable} from ${quarantineTable}`);
		// The next file starts with an empty quarantine.
		await createQuarantine(this.duckdb);
		const byRule: Record<string, number> = {};
		for (const { rejected } of staged) addCounts(byRule, rejected);
		return {
			readable: true,
			received: countReceived(staged),
			rejected: sumCounts(byRule),
			byRule,
			examples: rows.map(({ line, rule, message }) => ({
				line: Number(line),
				rule: String(rule),
				message: String(message),
			})),
			accepted: staged.flatMap(({ objects }) => objects),
		};
	}

	private async stage(file: DatasetFile, index: number): Promise<StagedRecords[]> {
		const { duckdb, folder, batch } = this;
		const dataset = getDataset(this.contracts, file.dataset);
		const { connections, chunkBytes } = planChunks(duckdb);
		const staged = await withConnectionPool<StagedRecords>(duckdb, connections, async (pool) => {
			const options = { dataset, ...batch, mapping: this.mapping[file.dataset] };
			await stageFile(file, index, { folder, chunkBytes, pool }, options);
		});
		checkNotBlank(file, countReceived(staged));
		return staged;
	}

	/** Keeps the rejected records of all files for `lake_refused`: the batch is refused because of them. */
	async keepRefused(context: TaskContext): Promise<void> {
		const datasets = await this.duckdb.rows(`select distinct dataset from ${rejectedTable} order by dataset`);
		for (const { dataset } of datasets) {
			const { batch } = this.batch;
			await keepRefused(context, this.duckdb, this.folder, { dataset: String(dataset), batch, table: rejectedTable });
		}
	}
}

const countReceived = (staged: readonly StagedRecords[]): number =>
	staged.reduce((sum, { received }) => sum + received, 0);
