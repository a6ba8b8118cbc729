import inventoryHealthSql from '../../../sql/gold/inventory-health.sql';
import { goldTables } from '../../contracts';
import { digestOf } from '../../engine';
import { whole } from '../../lake';
import { daysUpTo } from './calendar';
import { inputName } from './changed-dates';
import type { DerivedTable } from './derived-table';
import { type GoldSources, silverTables } from './sources';

/** The calendar days up to the newest order date whose sales are the demand. */
const demandDays = 30;
const reason = 'changed: products or sales of the last 30 days';

export const inventoryHealth: DerivedTable = {
	name: 'inventory_health',
	dates: whole,
	statement: digestOf(inventoryHealthSql, {}),
	readInputs: (staged, sources) => () => {
		const products = sources.silver_products.partitions[whole];
		if (!products) return undefined;
		const { partitions } = staged.manifest('daily_sales');
		const sales = demandWindow(sources).flatMap((date) => {
			const version = partitions[date]?.version;
			return version === undefined ? [] : [[inputName('daily_sales', date), version] as const];
		});
		return {
			silver_products: products.version,
			'newest order date': newestOrderDate(sources) ?? '',
			...Object.fromEntries(sales),
		};
	},
	follows: { tables: ['daily_sales'], dates: (_, sources) => demandWindow(sources) },
	reasons: { changed: reason, gone: reason },
	compute: (sources) => ({
		statements: { inventory_health: inventoryHealthSql },
		rowsOf: () => 0,
		attach: async ({ engine, staged }) => ({
			products: await engine.attach(silverTables.products, sources.silver_products),
			daily_sales: await engine.attach(goldTables.daily_sales, staged.manifest('daily_sales'), demandWindow(sources)),
			newest_order_date: await engine.texts({ order_date: 'date' }, newestOrderDates(sources)),
		}),
	}),
};

/** The dates whose sales count as demand. */
function demandWindow(sources: GoldSources): string[] {
	const newest = newestOrderDate(sources);
	return newest === undefined ? [] : daysUpTo(newest, demandDays);
}

/** The newest date with orders of any status. */
const newestOrderDate = ({ silver_orders }: GoldSources): string | undefined =>
	Object.keys(silver_orders.partitions).sort().at(-1);

function newestOrderDates(sources: GoldSources): string[][] {
	const newest = newestOrderDate(sources);
	return newest === undefined ? [] : [[newest]];
}
