import { createHash } from 'node:crypto';
import { goldTables } from '../../contracts';
import { type TableManifest, whole } from '../../lake';
import { attach } from '../../lake/partitions';
import { compareVersions, partitionVersions } from './difference';
import { firstSalesTable, type GoldDraft } from './draft';
import { movedInputs } from './staleness';
import type { Work } from './write-table';

/** The first date on which each category sold, over all dates. */
export type FirstSales = ReadonlyMap<string, string>;
/** A category that sold on a date. */
export type SalesDay = readonly [category: string, date: string];

/** The first sales as last noted. */
export function notedFirstSales(draft: GoldDraft): FirstSales {
	const facts = draft.manifest(firstSalesTable).partitions[whole]?.facts;
	return new Map(JSON.parse(String(facts?.first_sales ?? '[]')) as SalesDay[]);
}

/** Brings the noted first sales up to date by the dates of `category_kpis` that changed since. */
export async function restateFirstSales({ bench, draft }: Work): Promise<void> {
	const inputs = partitionVersions(draft, 'category_kpis');
	const noted = draft.manifest(firstSalesTable).partitions[whole];
	if (noted && movedInputs(noted.inputs ?? {}, inputs).length === 0) return;
	const { isWhole, removed, added } = compareVersions(draft, 'category_kpis', noted?.inputs);
	const now = draft.manifest('category_kpis');
	const read = async (manifest: TableManifest, partitions: readonly string[]) => {
		await attach(bench, goldTables.category_kpis, manifest, { as: 'sales_days', partitions });
		const rows = await bench.duckdb.rows('select category, cast(order_date as varchar) as order_date from sales_days');
		return rows.map(({ category, order_date }): SalesDay => [String(category), String(order_date)]);
	};
	const taken = await read(draft.base('category_kpis'), removed);
	const before = isWhole ? new Map<string, string>() : notedFirstSales(draft);
	const advanced = advanceFirstSales(before, taken, await read(now, added));
	const firstSales = advanced ?? earliest(await read(now, Object.keys(now.partitions)));
	const text = JSON.stringify([...firstSales].sort());
	const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
	const facts = { first_sales: text };
	draft.setInternal(firstSalesTable, whole, { version, files: [], rows: 0, fingerprint: version, inputs, facts });
}

/**
 * First sales after some days were taken out and others put in. Undefined where it can't be told: the first day of
 * some category was taken out and is not among those put in.
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
