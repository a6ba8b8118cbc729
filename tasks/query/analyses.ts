import anomalies from '../../sql/analyses/anomalies.sql';
import basketPairs from '../../sql/analyses/basket-pairs.sql';
import customerCohorts from '../../sql/analyses/customer-cohorts.sql';
import customerLifetimeValue from '../../sql/analyses/customer-lifetime-value.sql';
import customerRepeatRate from '../../sql/analyses/customer-repeat-rate.sql';
import eventFunnel from '../../sql/analyses/event-funnel.sql';
import eventFunnelByCategory from '../../sql/analyses/event-funnel-by-category.sql';
import eventFunnelByProduct from '../../sql/analyses/event-funnel-by-product.sql';
import inventory from '../../sql/analyses/inventory.sql';
import inventoryByCategory from '../../sql/analyses/inventory-by-category.sql';
import inventoryOverstock from '../../sql/analyses/inventory-overstock.sql';
import liveSalesByHour from '../../sql/analyses/live-sales-by-hour.sql';
import returnsByCategory from '../../sql/analyses/returns-by-category.sql';
import revenueByCategory from '../../sql/analyses/revenue-by-category.sql';
import revenueByDay from '../../sql/analyses/revenue-by-day.sql';
import revenueByDayAndCategory from '../../sql/analyses/revenue-by-day-and-category.sql';
import salesByCategory from '../../sql/analyses/sales-by-category.sql';
import salesByProduct from '../../sql/analyses/sales-by-product.sql';
import salesPerformance from '../../sql/analyses/sales-performance.sql';
import shopPerformance from '../../sql/analyses/shop-performance.sql';
import topCustomers from '../../sql/analyses/top-customers.sql';
import totalRevenueByCategory from '../../sql/analyses/total-revenue-by-category.sql';
import unitsByGadget from '../../sql/analyses/units-by-gadget.sql';
import { type AnalysisHeader, readHeader } from './analysis-header';

/** A statement that comes with shoplake and answers a question about the shop. */
export interface Analysis extends AnalysisHeader {
	/** The name of its file in `sql/analyses/`, without the ending. */
	readonly name: string;
	readonly sql: string;
}

const statements: Readonly<Record<string, string>> = {
	anomalies,
	'basket-pairs': basketPairs,
	'customer-cohorts': customerCohorts,
	'customer-lifetime-value': customerLifetimeValue,
	'customer-repeat-rate': customerRepeatRate,
	'event-funnel': eventFunnel,
	'event-funnel-by-category': eventFunnelByCategory,
	'event-funnel-by-product': eventFunnelByProduct,
	inventory,
	'inventory-by-category': inventoryByCategory,
	'inventory-overstock': inventoryOverstock,
	'live-sales-by-hour': liveSalesByHour,
	'returns-by-category': returnsByCategory,
	'revenue-by-category': revenueByCategory,
	'revenue-by-day': revenueByDay,
	'revenue-by-day-and-category': revenueByDayAndCategory,
	'sales-by-category': salesByCategory,
	'sales-by-product': salesByProduct,
	'sales-performance': salesPerformance,
	'shop-performance': shopPerformance,
	'top-customers': topCustomers,
	'total-revenue-by-category': totalRevenueByCategory,
	'units-by-gadget': unitsByGadget,
};

/** Every analysis, by name. They are part of the program, so they work from an installed package too. */
export const analyses: ReadonlyMap<string, Analysis> = new Map(
	Object.entries(statements).map(([name, sql]) => [name, { name, sql, ...readHeader(sql) }]),
);
