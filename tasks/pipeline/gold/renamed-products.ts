import datesOfChanges from '../../../sql/gold/dates-of-changes.sql';
import productChangeCounts from '../../../sql/gold/product-change-counts.sql';
import productChanges from '../../../sql/gold/product-changes.sql';
import type { Table } from '../../contracts';
import type { Engine } from '../../engine';
import { identifier } from '../../platform/duckdb/quote';
import { changedInputs } from './changed-dates';
import type { DailyTable } from './daily-table';
import { catalogue, emptyCatalogue, type GoldSources } from './sources';
import { type StagedSnapshot, usedCataloguesTable } from './staged-snapshot';
import { catalogueInput, currentInputs } from './staleness';
import { usedCatalogues } from './used-catalogues';

/**
 * Finds the dates that were computed with another catalogue than the current one and hold a product whose name or
 * category differs. Reads rows only where known products differ, or where a new product may be one that was unknown
 * on the date.
 */
export async function findRenamedDates(
	openEngine: () => Promise<Engine>,
	staged: StagedSnapshot,
	sources: GoldSources,
	dailyTables: readonly DailyTable[],
	dates: readonly string[],
): Promise<(table: DailyTable, date: string) => boolean> {
	// The tables whose files tell which dates hold a product.
	const productTables = dailyTables.filter(({ name, group }) => name === group.productTable);
	const renamed = new Map<string, Set<string>>();
	for (const table of productTables) {
		const found = new Set<string>();
		for (const [former, candidates] of groupByFormerCatalogue(staged, sources, table, dates)) {
			const changed = await listDatesWithChanges(await openEngine(), staged, sources, former, table.name, candidates);
			for (const date of changed) found.add(date);
		}
		renamed.set(table.name, found);
	}
	return ({ group: { productTable } }, date) =>
		productTable === undefined || renamed.get(productTable)?.has(date) === true;
}

/** The dates of which nothing but the catalogue changed, by the fingerprint of the catalogue they were computed with. */
function groupByFormerCatalogue(
	staged: StagedSnapshot,
	sources: GoldSources,
	table: DailyTable,
	dates: readonly string[],
): Map<string, string[]> {
	const byCatalogue = new Map<string, string[]>();
	for (const date of dates) {
		const recorded = staged.entry(table.name, date)?.inputs;
		const current = currentInputs(table, date, sources);
		if (!recorded || !current) continue;
		const changed = changedInputs(recorded, current);
		if (changed.length !== 1 || changed[0] !== catalogueInput) continue;
		const former = recorded[catalogueInput] ?? emptyCatalogue;
		const found = byCatalogue.get(former);
		if (found) found.push(date);
		else byCatalogue.set(former, [date]);
	}
	return byCatalogue;
}

/** The dates that hold a product whose name or category differs between the former catalogue and the current one. */
async function listDatesWithChanges(
	engine: Engine,
	staged: StagedSnapshot,
	sources: GoldSources,
	former: string,
	table: string,
	dates: readonly string[],
): Promise<string[]> {
	const catalogues = staged.manifest(usedCataloguesTable);
	if (former !== emptyCatalogue && !catalogues.partitions[former]) return [...dates];
	return engine.scoped(async (engine) => {
		const product_changes = await engine.keep(productChanges, {
			inputs: {
				products_before: await engine.attach(usedCatalogues, catalogues, [former]),
				products_after: await engine.attach(catalogue, sources.silver_products),
			},
		});
		const [counts = {}] = await engine.rows(productChangeCounts, { inputs: { product_changes } });
		const anyNew = Number(counts.new_products) > 0;
		const anyOther = counts.changes !== counts.new_products;
		const candidates = dates.filter(
			(date) => anyOther || (anyNew && Number(staged.entry(table, date)?.facts?.unknown ?? 0) > 0),
		);
		if (candidates.length === 0) return [];
		const productTable = staged.tables[table] as Table;
		const product_rows = await engine.attach(productTable, staged.manifest(table), candidates);
		const rows = await engine.rows(datesOfChanges, {
			inputs: { product_rows, product_changes },
			slots: { date: identifier(String(productTable.partition?.column)) },
		});
		return rows.map(({ date }) => String(date));
	});
}
