import productChanges from '../../../sql/gold/product-changes.sql';
import { goldTables } from '../../contracts';
import { type PartitionEntry, whole } from '../../lake';
import { attach, type FileTable, type Workbench, writePartitions } from '../../lake/partitions';
import { type GoldDraft, productNamesTable } from './draft';
import { materialize } from './materialize';
import { noNames, type Sources, silverTables } from './sources';
import { type DailyTable, dailyTables, movedInputs, productNames, tableInputs } from './staleness';

/** A catalogue as far as Gold depends on it. Its manifest has one partition for each catalogue, by fingerprint. */
const catalogue: FileTable = {
	name: productNamesTable,
	columns: silverTables.products.columns.filter(({ name }) => ['product_id', 'name', 'category'].includes(name)),
	partition: null,
};

/** The tables whose rows name products, so that their files tell which dates hold one. */
const dateColumns = { daily_sales: 'order_date', event_funnel: 'event_date' } as const;
type TableOfProducts = keyof typeof dateColumns;
const tablesOfProducts = Object.keys(dateColumns) as TableOfProducts[];

/** How many rows of an `event_funnel` date are of products that the catalogue did not have. */
export const unknownProducts = 'unknown';

/**
 * Of the dates whose rows were computed with another catalogue than the current, finds those that hold a product
 * whose name or category differs. Reads rows only where products that were there differ, or where a new product may
 * be one that was unknown on the date.
 */
export async function findRenamed(
	bench: () => Promise<Workbench>,
	draft: GoldDraft,
	sources: Sources,
	dates: readonly string[],
): Promise<(table: DailyTable, date: string) => boolean> {
	const renamed: Record<TableOfProducts, Set<string>> = { daily_sales: new Set(), event_funnel: new Set() };
	const byCatalogue = new Map<string, Record<TableOfProducts, string[]>>();
	for (const table of tablesOfProducts) {
		for (const date of dates) {
			const recorded = draft.entry(table, date)?.inputs;
			const wanted = tableInputs(table, date, sources);
			if (!recorded || !wanted) continue;
			const moved = movedInputs(recorded, wanted);
			if (moved.length !== 1 || moved[0] !== productNames) continue;
			const former = recorded[productNames] ?? noNames;
			const found = byCatalogue.get(former) ?? { daily_sales: [], event_funnel: [] };
			found[table].push(date);
			byCatalogue.set(former, found);
		}
	}
	for (const [former, held] of byCatalogue) {
		for (const table of tablesOfProducts) {
			for (const date of await datesWithChanges(await bench(), draft, sources, former, table, held[table])) {
				renamed[table].add(date);
			}
		}
	}
	return (table, date) => renamed[table === 'event_funnel' ? 'event_funnel' : 'daily_sales'].has(date);
}

async function datesWithChanges(
	bench: Workbench,
	draft: GoldDraft,
	sources: Sources,
	former: string,
	table: TableOfProducts,
	dates: readonly string[],
): Promise<string[]> {
	const catalogues = draft.manifest(productNamesTable);
	if (dates.length === 0) return [];
	if (former !== noNames && !catalogues.partitions[former]) return [...dates];
	const { duckdb } = bench;
	await attach(bench, catalogue, catalogues, { as: 'products_before', partitions: [former] });
	await attach(bench, silverTables.products, sources.silver_products, { as: 'products_after' });
	await materialize(duckdb, 'product_changes', productChanges);
	const changes = await duckdb.row(
		'select count(*) as all_changes, count(case when is_new then 1 end) as new_products from product_changes',
	);
	const anyNew = Number(changes.new_products) > 0;
	const anyOther = changes.all_changes !== changes.new_products;
	const candidates = dates.filter(
		(date) => anyOther || (anyNew && Number(draft.entry(table, date)?.facts?.[unknownProducts] ?? 0) > 0),
	);
	if (candidates.length === 0) return [];
	await attach(bench, goldTables[table], draft.manifest(table), { as: 'computed_before', partitions: candidates });
	const rows = await duckdb.rows(
		`select distinct cast(${dateColumns[table]} as varchar) as date from computed_before
		 where product_id in (select product_id from product_changes)`,
	);
	return rows.map(({ date }) => String(date));
}

/** Keeps the catalogues that Gold's partitions were computed with, the current one among them, and no others. */
export async function keepCatalogues(
	bench: Workbench,
	draft: GoldDraft,
	sources: Sources,
	attempt: string,
): Promise<void> {
	const used = new Set<string>();
	for (const table of dailyTables) {
		for (const date of draft.known(table)) {
			const names = draft.entry(table, date)?.inputs?.[productNames];
			if (names !== undefined && names !== noNames) used.add(names);
		}
	}
	const kept = draft.manifest(productNamesTable).partitions;
	for (const names of Object.keys(kept)) {
		if (!used.has(names)) draft.setInternal(productNamesTable, names, undefined);
	}
	if (!used.has(sources.names) || kept[sources.names]) return;
	draft.setInternal(productNamesTable, sources.names, await writeCatalogue(bench, sources, attempt));
}

async function writeCatalogue(
	bench: Workbench,
	sources: Sources,
	attempt: string,
): Promise<PartitionEntry | undefined> {
	await attach(bench, silverTables.products, sources.silver_products, { as: 'products' });
	const written = await writePartitions(bench, catalogue, { from: 'products', partitions: [whole], attempt });
	return written.get(whole);
}
