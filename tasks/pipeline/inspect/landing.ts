import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literals } from '../../platform/duckdb/quote';

/** The records of a dataset as ingestion would take them. */
export interface Landing {
	readonly accepted: number;
	readonly rejected: number;
	readonly rejected_by_rule: Readonly<Record<string, number>>;
	readonly examples: readonly { readonly rule: string; readonly line: number; readonly message: string }[];
	/** The first records, as Bronze would have them. */
	readonly first: readonly Readonly<Record<string, unknown>>[];
}

const shownRecords = 10;

/** The first records of Bronze objects in scratch, with the lines of their files. */
export async function firstRecords(duckdb: DuckDb, paths: readonly string[]): Promise<Landing['first']> {
	if (paths.length === 0) return [];
	const rows = await duckdb.rows(
		`select _line as line, * exclude (_file, _line, _raw) from read_parquet([${literals(paths)}])
		 order by _file, _line limit ${shownRecords}`,
	);
	return rows.map((row) => ({ ...row, line: Number(row.line) }));
}
