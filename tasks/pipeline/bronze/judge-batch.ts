import type { TaskContext } from '../../context';
import type { DatasetName } from '../../contracts';
import { sumCounts } from '../../platform/counts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import type { Outcome } from '../../platform/result';
import { quarantineTable } from './quarantine';
import { type RepeatedProducts, warnOfRepeatedProducts } from './repeated-products';
import type { StagedBatch } from './staged-batch';

/** Rejected records shown for each rule. */
const examplesPerRule = 3;

/** What ingestion would do with the records of a dataset. */
export interface JudgedDataset {
	readonly dataset: DatasetName;
	readonly as_of: string;
	readonly received: number;
	readonly accepted: number;
	readonly rejected: number;
	readonly rejected_by_rule: Readonly<Record<string, number>>;
	/** Whether so many are rejected that the batch would be refused. */
	readonly refused: boolean;
}

/** A record that ingestion would reject. */
export interface RejectedExample {
	readonly dataset: DatasetName;
	readonly rule: string;
	readonly file: string;
	readonly line: number;
	readonly message: string;
}

/** The same with what the dry run shows of it. */
export interface JudgedBatch {
	readonly dataset: JudgedDataset;
	readonly examples: readonly RejectedExample[];
	readonly repeated: RepeatedProducts | undefined;
}

/** What ingestion would do with the records of a dataset that has just been staged: the table of rejected records is its own. */
export async function judgeStaged(
	context: TaskContext,
	duckdb: DuckDb,
	staged: StagedBatch,
	maxRejected: number,
): Promise<JudgedBatch> {
	const { manifest } = staged;
	const { as_of, received, rejected: rejected_by_rule } = manifest;
	const { dataset } = manifest;
	const rejected = sumCounts(rejected_by_rule);
	const counts = { received, accepted: received - rejected, rejected, rejected_by_rule };
	return {
		dataset: { dataset, as_of, ...counts, refused: rejected > received * maxRejected },
		examples: await listExamples(duckdb, dataset),
		repeated: await warnOfRepeatedProducts(context, duckdb, [staged]),
	};
}

/** The outcome of a dry run. */
export function judgedOutcome(batch: string, judged: readonly JudgedBatch[]): Outcome {
	const datasets = judged.map(({ dataset }) => dataset);
	const sum = (name: 'received' | 'rejected') => datasets.reduce((total, counts) => total + counts[name], 0);
	const repeated = judged.find((one) => one.repeated)?.repeated;
	return {
		...{ status: 'planned', batch, received: sum('received'), rejected: sum('rejected') },
		refused: datasets.some(({ refused }) => refused),
		datasets,
		examples: judged.flatMap(({ examples }) => examples),
		...(repeated ? { repeated_products: repeated } : {}),
	};
}

/** The first records that break each rule. */
export async function listExamples(duckdb: DuckDb, dataset: DatasetName): Promise<RejectedExample[]> {
	const rows = await duckdb.rows(
		`select rule, file, line, message from ${quarantineTable}
		 qualify row_number() over (partition by rule order by file, line) <= ${examplesPerRule} order by rule, file, line`,
	);
	return rows.map(({ rule, file, line, message }) => ({
		...{ dataset, rule: String(rule), file: String(file), line: Number(line), message: String(message) },
	}));
}
