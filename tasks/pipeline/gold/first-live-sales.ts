import firstHoursSql from '../../../sql/gold/first-hours.sql';
import liveHours from '../../../sql/gold/live-hours.sql';
import { digestOf } from '../../engine';
import { utc } from '../../platform/time-zone';
import { isOtherStatement, statementInput } from './changed-dates';
import type { GoldRun } from './gold-run';
import { attachLiveSales } from './live-sales';
import { chunkPartitions } from './partition-chunks';
import type { GoldSources } from './sources';
import { firstLiveSalesTable, type StagedSnapshot } from './staged-snapshot';

/** The first hour in which each product sold live, over all dates: its start, UTC, as ISO text without an offset, and its date. */
export type FirstHours = ReadonlyMap<string, { readonly hour: string; readonly date: string }>;

/** The first hours that the staged snapshot records. */
export function recordedFirstHours(staged: StagedSnapshot): FirstHours {
	const first = new Map<string, { hour: string; date: string }>();
	for (const [date, { facts }] of Object.entries(staged.manifest(firstLiveSalesTable).partitions)) {
		for (const [product, hour] of JSON.parse(String(facts?.first_hours ?? '[]')) as [string, string][]) {
			const known = first.get(product);
			if (known === undefined || hour < known.hour) first.set(product, { hour, date });
		}
	}
	return first;
}

const statement = digestOf(firstHoursSql, { live_hours: liveHours });

/** Updates the recorded first hours of the dates whose live sales changed, so that no other date has to be read. */
export async function updateFirstHours({ engine, staged }: GoldRun, sources: GoldSources): Promise<void> {
	const recorded = staged.manifest(firstLiveSalesTable).partitions;
	const sales = sources.silver_gadget_sales.partitions;
	for (const date of Object.keys(recorded)) if (!sales[date]) staged.setInternal(firstLiveSalesTable, date, undefined);
	const { timeZone } = staged;
	// The hours of one date are others in another zone.
	const versionOf = (date: string) => `${sales[date]?.version ?? ''}${timeZone === utc ? '' : ` ${timeZone}`}`;
	const isStale = (date: string) =>
		recorded[date]?.version !== versionOf(date) || isOtherStatement(recorded[date]?.inputs ?? {}, statement);
	const stale = Object.keys(sales).filter(isStale);
	for (const partitions of chunkPartitions(stale, (date) => sales[date]?.rows ?? 0, engine.maxRows)) {
		const rows = await engine.scoped(async (engine) => {
			const gadget_sales = await attachLiveSales(engine, sources.silver_gadget_sales, partitions, timeZone);
			const live_hours = await engine.define(liveHours, { inputs: { gadget_sales } });
			return engine.rows(firstHoursSql, { inputs: { live_hours } });
		});
		for (const date of partitions) {
			const own = rows.filter(({ sale_date }) => sale_date === date);
			const hours = own.map(({ product_name, first_hour }) => [
				String(product_name),
				String(first_hour).replace(' ', 'T'),
			]);
			hours.sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
			const version = versionOf(date);
			staged.setInternal(firstLiveSalesTable, date, {
				version,
				files: [],
				rows: 0,
				fingerprint: version,
				inputs: { [statementInput]: statement },
				facts: { first_hours: JSON.stringify(hours) },
			});
		}
	}
}
