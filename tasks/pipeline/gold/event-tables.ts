import auditEvents from '../../../sql/gold/audit-events.sql';
import eventFunnel from '../../../sql/gold/event-funnel.sql';
import userProductInteractions from '../../../sql/gold/user-product-interactions.sql';
import { attach } from '../../lake/partitions';
import { computeEach } from '../../platform/compute-each';
import { chunkDates, partitionsToCompute, type StaleDate } from './date-chunks';
import { audit, materialize, release } from './materialize';
import { unknownProducts } from './renamed-products';
import { type GoldSources, silverTables } from './sources';
import { type GoldRun, refuseOverflows, refuseTogether, writeTable } from './write-table';

const eventTables = ['event_funnel', 'user_product_interactions'] as const;

/** Computes the stale dates of the tables of events, many dates at once. A date is published in both of them or in none. */
export async function recomputeEvents(run: GoldRun, sources: GoldSources, stale: readonly StaleDate[]): Promise<void> {
	for (const chunk of chunkDates(stale, (date) => sources.silver_events.partitions[date]?.rows ?? 0)) {
		await computeEach(
			chunk,
			(partitions) => computeChunk(run, sources, stale, partitions),
			refuseTogether(run, eventTables),
		);
	}
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
	await writeTable(run, 'event_funnel', partitionsToCompute(stale, 'event_funnel', fitting), stats);
	await writeTable(run, 'user_product_interactions', partitionsToCompute(stale, 'user_product_interactions', fitting));
	await release(duckdb, ['user_product_interactions', 'event_funnel']);
}

async function countUnknownProducts({ bench }: GoldRun): Promise<Map<string, number>> {
	const rows = await bench.duckdb.rows(
		`select cast(event_date as varchar) as event_date, count(*) as unknown from event_funnel
		 where product_id not in (select product_id from products) group by event_date`,
	);
	return new Map(rows.map(({ event_date, unknown }) => [String(event_date), Number(unknown)]));
}
