import type { PartitionEntry } from '../../lake';
import { chunkDates } from './date-chunks';
import type { GoldRun } from './gold-run';
import { release } from './materialize';
import { computeOrRefuse, refuseOverflows } from './refuse-partitions';
import type { DailyTable, StaleDate } from './staleness';
import { writeTable } from './write-table';

/** Tables that are computed together from the same dates of Silver: a date is published in all of them or in none. */
export interface DailyTableGroup {
	readonly tables: readonly DailyTable[];
	/** The rows of Silver on a date. */
	readonly rowsOn: (date: string) => number;
	/** Leaves the rows of these dates in views named like the tables, and audits them. */
	readonly compute: (dates: readonly string[]) => Promise<void>;
	/** Reads stats of the computed dates, to be kept in the manifest. */
	readonly readStats: () => Promise<(table: DailyTable, date: string) => PartitionEntry['facts']>;
	/** What `compute` leaves. */
	readonly views: readonly string[];
}

/** Recomputes the stale dates of these tables, in chunks. */
export async function recomputeDates(
	run: GoldRun,
	stale: readonly StaleDate[],
	{ tables, rowsOn, compute, readStats, views }: DailyTableGroup,
): Promise<void> {
	await computeOrRefuse(run, tables, chunkDates(stale, rowsOn), async (dates) => {
		await compute(dates);
		const fitting = new Set(await refuseOverflows(run, tables, dates));
		const stats = await readStats();
		for (const table of tables) {
			const targets = stale
				.filter((one) => one.table === table && fitting.has(one.date))
				.map(({ date, inputs }) => ({ partition: date, inputs }));
			await writeTable(run, table, targets, (date) => stats(table, date));
		}
		await release(run.engine.duckdb, views);
	});
}
