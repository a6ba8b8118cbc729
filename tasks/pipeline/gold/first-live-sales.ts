import firstHours from '../../../sql/gold/first-hours.sql';
import liveHours from '../../../sql/gold/live-hours.sql';
import type { GoldRun } from './gold-run';
import { chunkPartitions } from './partition-chunks';
import { type GoldSources, silverTables } from './sources';
import { firstLiveSalesTable, type StagedSnapshot } from './staged-snapshot';

/** The first hour in which each product sold live, over all dates: its start as ISO text without an offset. */
export type FirstHours = ReadonlyMap<string, string>;

const hourOf = (date: string, hour: number): string => `${date}T${String(hour).padStart(2, '0')}:00:00`;

/** The date of an hour. */
export const hourDate = (hour: string): string => hour.slice(0, hour.indexOf('T'));

/** The first hours that the staged snapshot records. */
export function recordedFirstHours(staged: StagedSnapshot): FirstHours {
	const first = new Map<string, string>();
	for (const { facts } of Object.values(staged.manifest(firstLiveSalesTable).partitions)) {
		for (const [product, hour] of JSON.parse(String(facts?.first_hours ?? '[]')) as [string, string][]) {
			const known = first.get(product);
			if (known === undefined || hour < known) first.set(product, hour);
		}
	}
	return first;
}

/** Updates the recorded first hours of the dates whose live sales changed, so that no other date has to be read. */
export async function updateFirstHours({ engine, staged }: GoldRun, sources: GoldSources): Promise<void> {
	const recorded = staged.manifest(firstLiveSalesTable).partitions;
	const sales = sources.silver_gadget_sales.partitions;
	for (const date of Object.keys(recorded)) if (!sales[date]) staged.setInternal(firstLiveSalesTable, date, undefined);
	const stale = Object.keys(sales).filter((date) => recorded[date]?.version !== sales[date]?.version);
	for (const partitions of chunkPartitions(stale, (date) => sales[date]?.rows ?? 0, engine.maxRows)) {
		const rows = await engine.scoped(async (engine) => {
			const gadget_sales = await engine.attach(silverTables.gadget_sales, sources.silver_gadget_sales, partitions);
			const live_hours = await engine.define(liveHours, { inputs: { gadget_sales } });
			return engine.rows(firstHours, { inputs: { live_hours } });
		});
		for (const date of partitions) {
			const own = rows.filter(({ sale_date }) => sale_date === date);
			const hours = own.map(({ product_name, first_hour }) => [String(product_name), hourOf(date, Number(first_hour))]);
			hours.sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
			const version = sales[date]?.version ?? '';
			staged.setInternal(firstLiveSalesTable, date, {
				version,
				files: [],
				rows: 0,
				fingerprint: version,
				facts: { first_hours: JSON.stringify(hours) },
			});
		}
	}
}
