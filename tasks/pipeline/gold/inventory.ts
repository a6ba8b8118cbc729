import inventoryHealth from '../../../sql/gold/inventory-health.sql';
import { goldTables } from '../../contracts';
import { whole } from '../../lake';
import { attach } from '../../lake/partitions';
import { computeEach } from '../../platform/compute-each';
import { daysUpTo } from './calendar';
import { inputName } from './difference';
import type { GoldDraft, Inputs } from './draft';
import { materialize, release } from './materialize';
import { type Sources, silverTables } from './sources';
import { movedInputs } from './staleness';
import { refuseOverflows, refuseTogether, type Work, writeTable } from './write-table';

/** Demand is told from so many calendar days up to the newest order date. */
const demandDays = 30;

/** What `inventory_health` has to be computed from; undefined where there are no products. */
export function inventoryInputs(draft: GoldDraft, sources: Sources): Inputs | undefined {
	const products = sources.silver_products.partitions[whole];
	if (!products) return undefined;
	const newest = newestOrderDate(sources);
	const { partitions } = draft.manifest('daily_sales');
	const sales = demandWindow(newest).flatMap((date) => {
		const version = partitions[date]?.version;
		return version === undefined ? [] : [[inputName('daily_sales', date), version] as const];
	});
	return { silver_products: products.version, 'newest order date': newest ?? '', ...Object.fromEntries(sales) };
}

/** The dates whose sales count as demand. */
export const demandWindow = (newest: string | undefined): string[] =>
	newest === undefined ? [] : daysUpTo(newest, demandDays);

/** The newest date with orders of any status. */
export const newestOrderDate = ({ silver_orders }: Pick<Sources, 'silver_orders'>): string | undefined =>
	Object.keys(silver_orders.partitions).sort().at(-1);

/** Whether `inventory_health` is not of the current catalogue and sales. */
export function isInventoryStale(draft: GoldDraft, sources: Sources): boolean {
	const inputs = inventoryInputs(draft, sources);
	const entry = draft.entry('inventory_health', whole);
	if (!inputs || !entry) return inputs !== entry;
	return movedInputs(entry.inputs ?? {}, inputs).length > 0;
}

/** Computes `inventory_health` anew where it is stale. */
export async function restateInventory(work: Work, sources: Sources): Promise<void> {
	const { draft, built } = work;
	const inputs = inventoryInputs(draft, sources);
	if (!inputs) return draft.drop('inventory_health', whole);
	if (!isInventoryStale(draft, sources) || built.recall(draft, 'inventory_health', whole, inputs)) return;
	await computeEach([whole], () => computeInventory(work, sources, inputs), refuseTogether(work, ['inventory_health']));
}

async function computeInventory(work: Work, sources: Sources, inputs: Inputs): Promise<void> {
	const { bench, draft } = work;
	const newest = newestOrderDate(sources);
	await attach(bench, silverTables.products, sources.silver_products, { as: 'products' });
	await attach(bench, goldTables.daily_sales, draft.manifest('daily_sales'), {
		as: 'daily_sales',
		partitions: demandWindow(newest),
	});
	await materialize(bench.duckdb, 'newest_order_date', 'select cast($newest as date) as order_date', {
		newest: newest ?? null,
	});
	await materialize(bench.duckdb, 'inventory_health', inventoryHealth);
	const fitting = await refuseOverflows(work, ['inventory_health'], [whole]);
	await writeTable(
		work,
		'inventory_health',
		fitting.map((partition) => ({ partition, inputs })),
	);
	await release(bench.duckdb, ['newest_order_date', 'inventory_health']);
}
