import inventoryHealth from '../../../sql/gold/inventory-health.sql';
import { goldTables } from '../../contracts';
import { whole } from '../../lake';
import { literal } from '../../platform/duckdb/quote';
import { daysUpTo } from './calendar';
import { inputName } from './changed-dates';
import { type GoldRun, scoped } from './gold-run';
import { computeOrRefuse } from './refuse-partitions';
import { type GoldSources, silverTables } from './sources';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';
import { changedInputs } from './staleness';
import { writeWhole } from './write-table';

/** The calendar days up to the newest order date whose sales are the demand. */
const demandDays = 30;

/** What `inventory_health` has to be computed from; undefined where there are no products. */
export function inventoryHealthInputs(staged: StagedSnapshot, sources: GoldSources): InputVersions | undefined {
	const products = sources.silver_products.partitions[whole];
	if (!products) return undefined;
	const newest = newestOrderDate(sources);
	const { partitions } = staged.manifest('daily_sales');
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
export const newestOrderDate = ({ silver_orders }: Pick<GoldSources, 'silver_orders'>): string | undefined =>
	Object.keys(silver_orders.partitions).sort().at(-1);

/** Whether `inventory_health` was computed from another catalogue or other sales than the current ones. */
export function isInventoryHealthStale(staged: StagedSnapshot, sources: GoldSources): boolean {
	const inputs = inventoryHealthInputs(staged, sources);
	const entry = staged.entry('inventory_health', whole);
	if (!inputs || !entry) return inputs !== entry;
	return changedInputs(entry.inputs ?? {}, inputs).length > 0;
}

/** Recomputes `inventory_health` where it is stale. */
export async function recomputeInventoryHealth(run: GoldRun, sources: GoldSources): Promise<void> {
	const { staged, computed } = run;
	const inputs = inventoryHealthInputs(staged, sources);
	if (!inputs) return staged.drop('inventory_health', whole);
	if (!isInventoryHealthStale(staged, sources) || computed.reuse(staged, 'inventory_health', whole, inputs)) return;
	await computeOrRefuse(run, ['inventory_health'], [[whole]], () =>
		scoped(run, (run) => computeInventoryHealth(run, sources, inputs)),
	);
}

async function computeInventoryHealth(run: GoldRun, sources: GoldSources, inputs: InputVersions): Promise<void> {
	const { engine, staged } = run;
	const newest = newestOrderDate(sources);
	const rows = await engine.keep(inventoryHealth, {
		inputs: {
			products: await engine.attach(silverTables.products, sources.silver_products),
			daily_sales: await engine.attach(goldTables.daily_sales, staged.manifest('daily_sales'), demandWindow(newest)),
			newest_order_date: await engine.view(
				`select ${newest === undefined ? 'cast(null as date)' : `date ${literal(newest)}`} as order_date`,
			),
		},
	});
	await writeWhole(run, 'inventory_health', rows, inputs);
}
