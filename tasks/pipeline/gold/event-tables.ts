import auditEvents from '../../../sql/gold/audit-events.sql';
import eventFunnel from '../../../sql/gold/event-funnel.sql';
import userProductInteractions from '../../../sql/gold/user-product-interactions.sql';
import { attach } from '../../lake/partitions';
import type { GoldRun } from './gold-run';
import { audit, materialize } from './materialize';
import { recomputeDates } from './recompute-dates';
import { unknownProducts } from './renamed-products';
import { type GoldSources, silverTables } from './sources';
import type { DailyTable, StaleDate } from './staleness';

/** The statements in their order, by table; each reads the results of those before it. */
const steps = { user_product_interactions: userProductInteractions, event_funnel: eventFunnel };
const eventTables = ['event_funnel', 'user_product_interactions'] as const;

export const isEventTable = (table: DailyTable): boolean => eventTables.some((name) => name === table);

/** Recomputes the stale dates of the tables of events, and audits the tables against each other. */
export async function recomputeEventTables(
	run: GoldRun,
	{ silver_events, silver_products }: GoldSources,
	stale: readonly StaleDate[],
): Promise<void> {
	const { engine } = run;
	await recomputeDates(run, stale, {
		tables: eventTables,
		views: eventTables,
		rowsOn: (date) => silver_events.partitions[date]?.rows ?? 0,
		compute: async (partitions) => {
			await Promise.all([
				attach(engine, silverTables.events, silver_events, { as: 'events', partitions }),
				attach(engine, silverTables.products, silver_products, { as: 'products' }),
			]);
			for (const [name, sql] of Object.entries(steps)) await materialize(engine.duckdb, name, sql);
			await audit(engine.duckdb, auditEvents);
		},
		readStats: async () => {
			const unknown = await countUnknownProducts(run);
			return (table, date) => (table === 'event_funnel' ? { [unknownProducts]: unknown.get(date) ?? 0 } : undefined);
		},
	});
}

/** By date, the rows of `event_funnel` whose product the catalogue does not have. */
async function countUnknownProducts({ engine }: GoldRun): Promise<Map<string, number>> {
	const rows = await engine.duckdb.rows(
		`select cast(event_date as varchar) as event_date, count(*) as unknown from event_funnel
		 where product_id not in (select product_id from products) group by event_date`,
	);
	return new Map(rows.map(({ event_date, unknown }) => [String(event_date), Number(unknown)]));
}
