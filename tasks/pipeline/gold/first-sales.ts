import salesDays from '../../../sql/gold/sales-days.sql';
import { goldTables } from '../../contracts';
import { digestOf } from '../../engine';
import { type TableManifest, whole } from '../../lake';
import { shortDigest } from '../../platform/short-digest';
import { changedInputs, findChangedDates, partitionVersions, statementInput } from './changed-dates';
import type { GoldRun } from './gold-run';
import { firstSalesTable, type StagedSnapshot } from './staged-snapshot';

/** The first date on which each category sold, over all dates. */
export type FirstSales = ReadonlyMap<string, string>;
/** A category that sold on a date. */
export type SalesDay = readonly [category: string, date: string];

/** The first sales that the staged snapshot records. */
export function recordedFirstSales(staged: StagedSnapshot): FirstSales {
	const stats = staged.manifest(firstSalesTable).partitions[whole]?.facts;
	return new Map(JSON.parse(String(stats?.first_sales ?? '[]')) as SalesDay[]);
}

const statement = digestOf(salesDays, {});

/** Updates the recorded first sales by the dates of `category_kpis` that changed since. */
export async function updateFirstSales({ engine, staged }: GoldRun): Promise<void> {
	const versions = partitionVersions(staged, 'category_kpis');
	if (Object.keys(versions).length === 0) return staged.setInternal(firstSalesTable, whole, undefined);
	const inputs = { ...versions, [statementInput]: statement };
	const recorded = staged.manifest(firstSalesTable).partitions[whole];
	if (recorded && changedInputs(recorded.inputs ?? {}, inputs).length === 0) return;
	const { isFromScratch, removed, added } = findChangedDates(staged, 'category_kpis', recorded?.inputs, statement);
	const now = staged.manifest('category_kpis');
	const read = (manifest: TableManifest, partitions: readonly string[]) =>
		engine.scoped(async (engine) => {
			const category_kpis = await engine.attach(goldTables.category_kpis, manifest, partitions);
			const rows = await engine.rows(salesDays, { inputs: { category_kpis } });
			return rows.map(({ category, order_date }): SalesDay => [String(category), String(order_date)]);
		});
	const removedDays = await read(staged.baseManifest('category_kpis'), removed);
	const before = isFromScratch ? new Map<string, string>() : recordedFirstSales(staged);
	const advanced = advanceFirstSales(before, removedDays, await read(now, added));
	const firstSales = advanced ?? earliest(await read(now, Object.keys(now.partitions)));
	const text = JSON.stringify([...firstSales].sort());
	const version = shortDigest(text);
	staged.setInternal(firstSalesTable, whole, {
		version,
		files: [],
		rows: 0,
		fingerprint: version,
		inputs,
		facts: { first_sales: text },
	});
}

/**
 * First sales after some days were removed and others added. Undefined where they can't be told: the first day of some
 * category was removed and is not among those added.
 */
export function advanceFirstSales(
	before: FirstSales,
	removed: readonly SalesDay[],
	added: readonly SalesDay[],
): FirstSales | undefined {
	const salesDayKey = (day: SalesDay) => JSON.stringify(day);
	const stillThere = new Set(added.map(salesDayKey));
	if (removed.some((day) => before.get(day[0]) === day[1] && !stillThere.has(salesDayKey(day)))) return undefined;
	return earliest([...before, ...added]);
}

function earliest(days: readonly SalesDay[]): FirstSales {
	const first = new Map<string, string>();
	for (const [category, date] of days) {
		const known = first.get(category);
		if (known === undefined || date < known) first.set(category, date);
	}
	return first;
}
