import type { Superset } from './server';

type Body = Readonly<Record<string, unknown>>;

/** A chart of the dashboard, over one table. */
interface Chart {
	readonly title: string;
	readonly viz: string;
	/** In twelfths of the page's width, and in units of 8 pixels. */
	readonly width: number;
	readonly height: number;
	readonly params: Body;
}

const money = ',.2f';
const revenue = {
	expressionType: 'SIMPLE',
	column: { column_name: 'amount' },
	aggregate: 'SUM',
	label: 'revenue',
};
const byDay = { x_axis: 'order_date', time_grain_sqla: 'P1D', metrics: [revenue], y_axis_format: money };
const asTable = (column: string): Body => ({
	query_mode: 'aggregate',
	groupby: [column],
	metrics: [revenue],
	order_desc: true,
	row_limit: 1000,
	table_timestamp_format: '%Y-%m-%d',
	column_config: { revenue: { d3NumberFormat: money } },
});

/** Revenue by category and by day, each as a picture and as numbers. */
const charts: readonly Chart[] = [
	{
		title: 'Revenue',
		viz: 'big_number_total',
		width: 2,
		height: 45,
		params: { metric: revenue, y_axis_format: money, header_font_size: 0.3 },
	},
	{
		title: 'Revenue by day and category',
		viz: 'echarts_timeseries_bar',
		width: 10,
		height: 45,
		params: { ...byDay, groupby: ['category'], stack: 'Stack' },
	},
	{ title: 'Revenue by category', viz: 'table', width: 6, height: 66, params: asTable('category') },
	{
		title: 'Revenue by day',
		viz: 'table',
		width: 6,
		height: 66,
		params: { ...asTable('order_date'), time_grain_sqla: 'P1D', granularity_sqla: 'order_date' },
	},
];

/** Makes the database, the data set, the charts and the dashboard by Superset's API; resolves to the dashboard's path. */
export async function makeDashboard(superset: Superset, sqlalchemyUri: string): Promise<string> {
	const post = await openApi(superset);
	const database = await post('database', { database_name: 'shoplake', sqlalchemy_uri: sqlalchemyUri });
	const dataset = await post('dataset', { database: database.id, schema: 'main', table_name: 'gold_daily_sales' });
	const dashboard = await post('dashboard', { dashboard_title: 'What the shop sells', published: true });
	const made: { readonly id: number; readonly chart: Chart }[] = [];
	for (const chart of charts) {
		const { id } = await post('chart', {
			slice_name: chart.title,
			viz_type: chart.viz,
			datasource_id: dataset.id,
			datasource_type: 'table',
			dashboards: [dashboard.id],
			params: JSON.stringify({
				datasource: `${dataset.id}__table`,
				viz_type: chart.viz,
				time_range: 'No filter',
				...chart.params,
			}),
		});
		made.push({ id, chart });
	}
	await post(`dashboard/${dashboard.id}`, { position_json: JSON.stringify(layOutCharts(made)) }, 'PUT');
	return `/superset/dashboard/${dashboard.id}/?standalone=2`;
}

type Send = (path: string, body: Body, method?: 'POST' | 'PUT') => Promise<{ readonly id: number }>;

async function openApi({ endpoint, user }: Superset): Promise<Send> {
	const send = async (path: string, body: Body, method: string, headers: Record<string, string>) => {
		const response = await fetch(`${endpoint}/api/v1/${path}`, {
			method,
			headers: { 'content-type': 'application/json', ...headers },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`Superset answers ${response.status} to ${path}: ${text}`);
		return JSON.parse(text);
	};
	const { access_token } = await send('security/login', { ...user, provider: 'db', refresh: false }, 'POST', {});
	return (path, body, method = 'POST') => send(path, body, method, { authorization: `Bearer ${access_token}` });
}

/** The dashboard's layout: rows of charts, each row as wide as the page. */
function layOutCharts(made: readonly { readonly id: number; readonly chart: Chart }[]): Body {
	const rows: (typeof made)[number][][] = [];
	let free = 0;
	for (const one of made) {
		if (one.chart.width > free) {
			rows.push([]);
			free = 12;
		}
		rows.at(-1)?.push(one);
		free -= one.chart.width;
	}
	const layout: Record<string, Body> = {
		ROOT_ID: { id: 'ROOT_ID', type: 'ROOT', children: ['GRID_ID'] },
		GRID_ID: { id: 'GRID_ID', type: 'GRID', parents: ['ROOT_ID'], children: rows.map((_, row) => `ROW-${row}`) },
	};
	for (const [row, inRow] of rows.entries()) {
		const id = `ROW-${row}`;
		const parents = ['ROOT_ID', 'GRID_ID'];
		const children = inRow.map((one) => `CHART-${one.id}`);
		layout[id] = { id, type: 'ROW', parents, children, meta: { background: 'BACKGROUND_TRANSPARENT' } };
		for (const { id: chartId, chart } of inRow) {
			layout[`CHART-${chartId}`] = {
				...{ id: `CHART-${chartId}`, type: 'CHART', parents: [...parents, id], children: [] },
				meta: { chartId, width: chart.width, height: chart.height, sliceName: chart.title },
			};
		}
	}
	return { DASHBOARD_VERSION_KEY: 'v2', ...layout };
}
