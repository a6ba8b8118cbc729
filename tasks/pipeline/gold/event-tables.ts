import auditEvents from '../../../sql/gold/audit-events.sql';
import eventFunnel from '../../../sql/gold/event-funnel.sql';
import userProductInteractions from '../../../sql/gold/user-product-interactions.sql';
import { attach } from '../../lake/partitions';
import { chunkDates, partitionsToCompute } from './date-chunks';
import type { GoldRun } from './gold-run';
import { audit, materialize, release } from './materialize';
import { computeOrRefuse, refuseOverflows } from './refuse-partitions';
import { unknownProducts } from './renamed-products';
import { type GoldSources, silverTables } from './sources';
import type { DailyTable, StaleDate } from './staleness';
import { writeTable } from './write-table';

const eventTables = ['event_funnel', 'user_product_interactions'] as const;

export const isEventTable = (table: DailyTable): boolean => (eventTables as readonly string[]).includes(table);

/** Computes the stale dates of the tables of events, in chunks. A date is published in both tables or in none. */
export async function recomputeEventTables(
	run: GoldRun,
	sources: GoldSources,
	stale: readonly StaleDate[],
): Promise<void> {
	const chunks = chunkDates(stale, (date) => sources.silver_events.partitions[date]?.rows ?? 0);
	await computeOrRefuse(run, eventTables, chunks, (dates) => computeChunk(run, sources, stale, dates));
}

async function computeChunk(
	run: GoldRun,
	sources: GoldSources,
	stale: readonly StaleDate[],
	partitions: readonly string[],
): Promise<void> {
	const { bench } = run;
	const { duckdb } = bench;
	await Promise.all([
		attach(bench, silverTables.events, sources.silver_events, { as: 'events', partitions }),
		attach(bench, silverTables.products, sources.silver_products, { as: 'products' }),
	]);
	await materialize(duckdb, 'user_product_interactions', userProductInteractions);
	await materialize(duckdb, 'event_funnel', eventFunnel);
	await audit(duckdb, auditEvents);
	const fitting = await refuseOverflows(run, eventTables, partitions);
	const unknown = await countUnknownProducts(run);
	const stats = (date: string) => ({ [unknownProducts]: unknown.get(date) ?? 0 });
	for (const table of eventTables) {
		const tableStats = table === 'event_funnel' ? stats : undefined;
		await writeTable(run, table, partitionsToCompute(stale, table, fitting), tableStats);
	}
	await release(duckdb, eventTables);
}

/** By date, the rows of `event_funnel` whose product the catalogue does not have. */
async function countUnknownProducts({ bench }: GoldRun): Promise<Map<string, number>> {
	const rows = await bench.duckdb.rows(
		`select cast(event_date as varchar) as event_date, count(*) as unknown from event_funnel
		 where product_id not in (select product_id from products) group by event_date`,
	);
	return new Map(rows.map(({ event_date, unknown }) => [String(event_date), Number(unknown)]));
}
