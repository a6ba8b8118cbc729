import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';
import { goldTables, type Table } from '../../tasks/contracts';
import { bars, type Chart, kpi, linesByDay, rows } from './charts';
import { dataSetId } from './gold-data-set';

const { order_kpis, daily_sales, inventory_health } = goldTables;

/** The tables that the dashboard reads. */
export const dashboardTables: readonly Table[] = [order_kpis, daily_sales, inventory_health];

const revenue = { column: 'amount', by: 'SUM' } as const;

/** What the shop sells, and what runs out. */
const charts: readonly Chart[] = [
	kpi(
		{ id: 'revenue', title: 'Revenue: what orders cost', table: order_kpis, width: 12, height: 8 },
		{ column: 'total_revenue', by: 'SUM' },
		'order_date',
	),
	kpi(
		{ id: 'orders', title: 'Orders', table: order_kpis, width: 12, height: 8 },
		{ column: 'total_orders', by: 'SUM' },
		'order_date',
	),
	kpi(
		{ id: 'units', title: 'Units sold', table: order_kpis, width: 12, height: 8 },
		{ column: 'total_items_sold', by: 'SUM' },
		'order_date',
	),
	linesByDay(
		{ id: 'by-day', title: 'Units × price by day and category', table: daily_sales, width: 24, height: 14 },
		revenue,
		'order_date',
		'category',
	),
	bars(
		{ id: 'by-category', title: 'Units × price by category', table: daily_sales, width: 12, height: 14 },
		revenue,
		'category',
	),
	rows(
		{ id: 'top-products', title: 'Products by units × price', table: daily_sales, width: 18, height: 14 },
		['product_name', 'category'],
		[revenue, { column: 'units', by: 'SUM' }],
		'DESC',
	),
	rows(
		{ id: 'stock', title: 'What runs out first', table: inventory_health, width: 18, height: 14 },
		['name', 'status'],
		[
			{ column: 'days_of_cover', by: 'AVERAGE' },
			{ column: 'current_stock', by: 'SUM' },
		],
		'ASC',
	),
];

/** The definition of the dashboard over data sets, given their ARNs by table. */
export function defineSalesDashboard(
	dataSetArns: ReadonlyMap<Table, string>,
): CfnDashboard.DashboardVersionDefinitionProperty {
	return {
		dataSetIdentifierDeclarations: [...dataSetArns].map(([table, dataSetArn]) => ({
			identifier: dataSetId(table),
			dataSetArn,
		})),
		sheets: [
			{
				sheetId: 'sales',
				name: 'Sales and stock',
				visuals: charts.map(({ visual }) => visual),
				layouts: [{ configuration: { gridLayout: { elements: charts.map(layOutChart) } } }],
			},
		],
	};
}

const layOutChart = ({ visualId, width, height }: Chart): CfnDashboard.GridLayoutElementProperty => ({
	elementId: visualId,
	elementType: 'VISUAL',
	columnSpan: width,
	rowSpan: height,
});
