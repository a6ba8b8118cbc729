import auditEvents from '../../../sql/gold/audit-events.sql';
import eventFunnel from '../../../sql/gold/event-funnel.sql';
import userProductInteractions from '../../../sql/gold/user-product-interactions.sql';
import { computeAll, type Engine, type Relation } from '../../engine';
import { audit } from './audit';
import type { GoldRun } from './gold-run';
import { recomputeDates } from './recompute-dates';
import { unknownProducts } from './renamed-products';
import { type GoldSources, silverTables } from './sources';
import type { DailyTable, StaleDate } from './staleness';

/** The statements in their order, by table; each reads Silver and the results of those before it. */
const steps = { user_product_interactions: userProductInteractions, event_funnel: eventFunnel };
const eventTables = ['event_funnel', 'user_product_interactions'] as const;

export const isEventTable = (table: DailyTable): boolean => eventTables.some((name) => name === table);

/** Recomputes the stale dates of the tables of events, and audits the tables against each other. */
export async function recomputeEventTables(
	run: GoldRun,
	{ silver_events, silver_products }: GoldSources,
	stale: readonly StaleDate[],
): Promise<void> {
	await recomputeDates(run, stale, {
		tables: eventTables,
		rowsOn: (date) => silver_events.partitions[date]?.rows ?? 0,
		compute: async (engine, partitions) => {
			const [events, products] = await Promise.all([
				engine.attach(silverTables.events, silver_events, partitions),
				engine.attach(silverTables.products, silver_products),
			]);
			const rows = await computeAll(engine, steps, { events, products });
			await audit(engine, auditEvents, { events, event_funnel: rows.event_funnel });
			const unknown = await countUnknownProducts(engine, rows.event_funnel, products);
			return {
				rows,
				stats: (table, date) => (table === 'event_funnel' ? { [unknownProducts]: unknown.get(date) ?? 0 } : undefined),
			};
		},
	});
}

/** By date, the rows of `event_funnel` whose product the catalogue does not have. */
async function countUnknownProducts(
	{ duckdb }: Engine,
	funnel: Relation,
	products: Relation,
): Promise<Map<string, number>> {
	const rows = await duckdb.rows(
		`select cast(event_date as varchar) as event_date, count(*) as unknown from ${funnel.name}
		 where product_id not in (select product_id from ${products.name}) group by event_date`,
	);
	return new Map(rows.map(({ event_date, unknown }) => [String(event_date), Number(unknown)]));
}
