import liveHours from '../../../sql/gold/live-hours.sql';
import { attach } from '../../lake/partitions';
import { firstLiveSalesTable, type GoldDraft } from './draft';
import { materialize, release } from './materialize';
import { datesInPortions } from './portions';
import { type Sources, silverTables } from './sources';
import type { Work } from './write-table';

/** The first hour in which each product sold live, over all dates: its start as ISO text without an offset. */
export type FirstHours = ReadonlyMap<string, string>;

/** The date of an hour. */
export const hourDate = (hour: string): string => hour.slice(0, hour.indexOf('T'));

/** The first hours as last noted. */
export function notedFirstHours(draft: GoldDraft): FirstHours {
	const first = new Map<string, string>();
	for (const { facts } of Object.values(draft.manifest(firstLiveSalesTable).partitions)) {
		for (const [product, hour] of JSON.parse(String(facts?.first_hours ?? '[]')) as [string, string][]) {
			const known = first.get(product);
			if (known === undefined || hour < known) first.set(product, hour);
		}
	}
	return first;
}

/** Notes the first hours of each date whose live sales have changed, so that those of all dates are known without reading all. */
export async function restateFirstHours({ bench, draft }: Work, sources: Sources): Promise<void> {
	const noted = draft.manifest(firstLiveSalesTable).partitions;
	const sales = sources.silver_gadget_sales.partitions;
	for (const date of Object.keys(noted)) if (!sales[date]) draft.setInternal(firstLiveSalesTable, date, undefined);
	const stale = Object.keys(sales).filter((date) => noted[date]?.version !== sales[date]?.version);
	for (const partitions of datesInPortions(
		stale.map((date) => ({ date })),
		(date) => sales[date]?.rows ?? 0,
	)) {
		await attach(bench, silverTables.gadget_sales, sources.silver_gadget_sales, { as: 'gadget_sales', partitions });
		await materialize(bench.duckdb, 'live_hours', liveHours);
		const rows = await bench.duckdb.rows(
			`select cast(sale_date as varchar) as sale_date, product_name,
				cast(sale_date as varchar) || strftime(min(hour), 'T%H:%M:%S') as first_hour
			 from live_hours group by sale_date, product_name order by product_name`,
		);
		for (const date of partitions) {
			const own = rows.filter(({ sale_date }) => sale_date === date);
			const facts = {
				first_hours: JSON.stringify(own.map(({ product_name, first_hour }) => [product_name, first_hour])),
			};
			const version = sales[date]?.version ?? '';
			draft.setInternal(firstLiveSalesTable, date, { version, files: [], rows: 0, fingerprint: version, facts });
		}
		await release(bench.duckdb, ['live_hours']);
	}
}
