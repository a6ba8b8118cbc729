import auditEvents from '../../../sql/gold/audit-events.sql';
import eventFunnel from '../../../sql/gold/event-funnel.sql';
import userProductInteractions from '../../../sql/gold/user-product-interactions.sql';
import { attach } from '../../lake/partitions';
import { computeEach } from '../../platform/compute-each';
import { audit, materialize, release } from './materialize';
import { datesInPortions, listTargets, type StaleDate } from './portions';
import { unknownProducts } from './product-names';
import { type Sources, silverTables } from './sources';
import { refuseOverflows, refuseTogether, type Work, writeTable } from './write-table';

const eventTables = ['event_funnel', 'user_product_interactions'] as const;

/** Computes the stale dates of the tables of events, many dates at once. A date is published in both of them or in none. */
export async function restateEvents(work: Work, sources: Sources, stale: readonly StaleDate[]): Promise<void> {
	for (const portion of datesInPortions(stale, (date) => sources.silver_events.partitions[date]?.rows ?? 0)) {
		await computeEach(
			portion,
			(partitions) => restatePortion(work, sources, stale, partitions),
			refuseTogether(work, eventTables),
		);
	}
}

async function restatePortion(
	work: Work,
	sources: Sources,
	stale: readonly StaleDate[],
	partitions: readonly string[],
): Promise<void> {
	const { bench } = work;
	const { duckdb } = bench;
	await Promise.all([
		attach(bench, silverTables.events, sources.silver_events, { as: 'events', partitions }),
		attach(bench, silverTables.products, sources.silver_products, { as: 'products' }),
	]);
	await materialize(duckdb, 'user_product_interactions', userProductInteractions);
	await materialize(duckdb, 'event_funnel', eventFunnel);
	await audit(duckdb, auditEvents);
	const fitting = await refuseOverflows(work, eventTables, partitions);
	const unknown = await unknownByDate(work);
	const facts = (date: string) => ({ [unknownProducts]: unknown.get(date) ?? 0 });
	await writeTable(work, 'event_funnel', listTargets(stale, 'event_funnel', fitting), facts);
	await writeTable(work, 'user_product_interactions', listTargets(stale, 'user_product_interactions', fitting));
	await release(duckdb, ['user_product_interactions', 'event_funnel']);
}

async function unknownByDate({ bench }: Work): Promise<Map<string, number>> {
	const rows = await bench.duckdb.rows(
		`select cast(event_date as varchar) as event_date, count(*) as unknown from event_funnel
		 where product_id not in (select product_id from products) group by event_date`,
	);
	return new Map(rows.map(({ event_date, unknown }) => [String(event_date), Number(unknown)]));
}
