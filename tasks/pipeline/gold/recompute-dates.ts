import type { Engine, Relation } from '../../engine';
import type { PartitionEntry } from '../../lake';
import { chunkDates } from './date-chunks';
import { type GoldRun, scoped } from './gold-run';
import { computeOrRefuse, refuseOverflows } from './refuse-partitions';
import type { DailyTable, StaleDate } from './staleness';
import { writeTable } from './write-table';

/** Tables that are computed together from the same dates of Silver: a date is published in all of them or in none. */
export interface DailyTableGroup<T extends DailyTable> {
	readonly tables: readonly T[];
	/** The rows of Silver on a date. */
	readonly rowsOn: (date: string) => number;
	/** Computes and audits the rows of these dates, and stats of each date to be kept in the manifest. */
	readonly compute: (
		engine: Engine,
		dates: readonly string[],
	) => Promise<{
		readonly rows: Readonly<Record<T, Relation>>;
		readonly stats: (table: T, date: string) => PartitionEntry['facts'];
	}>;
}

/** Recomputes the stale dates of these tables, in chunks. */
export async function recomputeDates<T extends DailyTable>(
	run: GoldRun,
	stale: readonly StaleDate[],
	{ tables, rowsOn, compute }: DailyTableGroup<T>,
): Promise<void> {
	await computeOrRefuse(run, tables, chunkDates(stale, rowsOn), (dates) =>
		scoped(run, async (run) => {
			const { rows, stats } = await compute(run.engine, dates);
			const fitting = new Set(await refuseOverflows(run, rows, tables, dates));
			for (const table of tables) {
				const targets = stale
					.filter((one) => one.table === table && fitting.has(one.date))
					.map(({ date, inputs }) => ({ partition: date, inputs }));
				await writeTable(run, table, rows[table], targets, (date) => stats(table, date));
			}
		}),
	);
}
