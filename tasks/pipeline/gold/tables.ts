import auditEvents from '../../../sql/gold/audit-events.sql';
import auditSales from '../../../sql/gold/audit-sales.sql';
import categoryKpis from '../../../sql/gold/category-kpis.sql';
import countingLines from '../../../sql/gold/counting-lines.sql';
import countingOrders from '../../../sql/gold/counting-orders.sql';
import countingProducts from '../../../sql/gold/counting-products.sql';
import customerDaily from '../../../sql/gold/customer-daily.sql';
import dailySales from '../../../sql/gold/daily-sales.sql';
import eventFunnel from '../../../sql/gold/event-funnel.sql';
import numberedProducts from '../../../sql/gold/numbered-products.sql';
import orderKpis from '../../../sql/gold/order-kpis.sql';
import orderTotals from '../../../sql/gold/order-totals.sql';
import unknownProducts from '../../../sql/gold/unknown-products.sql';
import userProductInteractions from '../../../sql/gold/user-product-interactions.sql';
import { goldTables } from '../../contracts';
import type { Project } from '../../project';
import { customerValue } from './customer-value';
import { type DailyGroup, listDailyTables, statementsOf } from './daily-table';
import type { DerivedTable } from './derived-table';
import type { GoldModel } from './gold-model';
import { inventoryHealth } from './inventory-health';
import { liveAnomalies } from './live-anomalies';
import { checkDatasetNames, ownGroups } from './own-group';
import { ownWholeTable } from './own-whole-table';
import { salesAnomalies } from './sales-anomalies';

/**
 * The tables that are computed date by date from Silver. The order doesn't matter: a statement's header names what it
 * reads, and that decides when it runs and which changes of Silver make a date stale.
 */
export const dailyGroups: readonly DailyGroup[] = [
	{
		dates: 'orders',
		steps: {
			numbered_products: numberedProducts,
			counting_orders: countingOrders,
			counting_lines: countingLines,
			counting_products: countingProducts,
		},
		tables: {
			daily_sales: { sql: dailySales },
			category_kpis: { sql: categoryKpis },
			// Its lines count whether or not their product is known.
			order_kpis: { sql: orderKpis, stats: orderTotals, unaffectedBy: 'products' },
			customer_daily: { sql: customerDaily },
		},
		audit: auditSales,
		productTable: 'daily_sales',
	},
	{
		dates: 'events',
		steps: {},
		tables: {
			event_funnel: { sql: eventFunnel, stats: unknownProducts },
			user_product_interactions: { sql: userProductInteractions },
		},
		audit: auditEvents,
		productTable: 'event_funnel',
	},
];

export const dailyTables = dailyGroups.flatMap(listDailyTables);

/** The tables that are computed from other dates than their own, or from all; each after those that it reads. */
export const derivedTables: readonly DerivedTable[] = [salesAnomalies, liveAnomalies, customerValue, inventoryHealth];

const productGold: GoldModel = { tables: goldTables, dailyGroups, dailyTables, derivedTables };

/**
 * The product's tables with those of a project. Throws ConfigurationError, with the file, where a statement reads what is
 * not there.
 */
export function composeGold({ goldTables: own, contracts }: Pick<Project, 'goldTables' | 'contracts'>): GoldModel {
	const product: Record<string, string> = Object.assign({}, ...dailyGroups.map(statementsOf));
	checkDatasetNames(contracts, Object.keys({ ...goldTables, ...product }));
	if (own.length === 0) return productGold;
	const groups = [...dailyGroups, ...ownGroups(own, product, contracts)];
	const daily = groups.flatMap(listDailyTables);
	const wholes = own
		.filter(({ table }) => table.partition === null)
		.map((table) => ownWholeTable(table, daily, contracts.names));
	return {
		tables: { ...goldTables, ...Object.fromEntries(own.map(({ name, table }) => [name, table])) },
		dailyGroups: groups,
		dailyTables: daily,
		derivedTables: [...derivedTables, ...wholes],
	};
}
