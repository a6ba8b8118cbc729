import { goldTables, type SqlType, type Table } from '../contracts';
import { listServingSets, type ServedTable } from '../pipeline/serving/serving-set';
import type { Config } from '../platform/config';
import type { Project } from '../project/project';
import type { LakeColumn, LakeTable } from './lake-table';
import type { Derivation } from './relation';

/** The names of the product's tables in DynamoDB, unless a deployment has others. */
export const usualNames = {
	categoryKpisTable: 'CategoryKPIs',
	orderKpisTable: 'OrderKPIs',
	productsTable: 'Products',
} as const satisfies Partial<Config>;

/** The tables of DynamoDB: those that `load-kpis` fills from Gold, and those that others write. */
export function listServingTables(project: Project): LakeTable[] {
	const served = listServingSets(project).flatMap(({ tables }) => tables.map(servedTable));
	return [...served, products, orderTable, stockData];
}

function servedTable({ gold, key, date, nameOf }: ServedTable): LakeTable {
	const name = nameOf(usualNames as unknown as Config);
	const columns: LakeColumn[] = [...gold.columns, dateColumn(gold, date)].map((column) => ({ ...column, rules: [] }));
	return {
		...{ id: name, name, layer: 'serving', key },
		description: `${gold.description} The items of a date are the rows of \`${gold.name}\`.`,
		columns: [...columns].sort((a, b) => place(key, a.name) - place(key, b.name)),
		making: {
			about: '`load-kpis` makes the items of each date equal the rows of Gold.',
			statements: [],
			columns: new Map(
				columns.map(({ name }): [string, Derivation] => [name, [{ relation: gold.name, column: name, how: 'copied' }]]),
			),
			rows: [],
			reads: [gold.name],
		},
	};
}

/** Keys stand first. */
const place = (key: readonly string[], name: string): number => (key.includes(name) ? key.indexOf(name) : key.length);

const dateColumn = ({ partition }: Table, date: string) => ({
	...{ name: date, type: 'string' as SqlType, nullable: false, description: partition?.description ?? '' },
});

type Attribute = readonly [name: string, type: SqlType, description: string];

const attributes = (list: readonly Attribute[]): LakeColumn[] =>
	list.map(([name, type, description]) => ({ name, type, nullable: false, description, rules: [] }));

const fromOutside = (columns: readonly LakeColumn[]) =>
	new Map<string, Derivation>(columns.map(({ name }) => [name, []]));
const unmade = { statements: [], rows: [], reads: [] };

const productsColumns = attributes([
	['product_id', 'string', 'The product.'],
	['product_name', 'string', 'Its name.'],
	['category', 'string', 'Its category.'],
	['price', 'decimal(12,2)', 'List price of one unit.'],
	['rating', 'double', 'Mean customer rating, 0 to 5.'],
	['current_stock', 'int', 'Units in stock.'],
	['forecasted_demand', 'bigint', 'Units expected in the next 7 days.'],
]);

const products: LakeTable = {
	...{ id: 'Products', name: 'Products', layer: 'serving', key: ['product_id'] },
	description: 'The product catalogue for applications: one item per product.',
	columns: productsColumns,
	making: {
		about: '`products seed` writes the items. `load-kpis --forecast` updates `forecasted_demand` from Gold.',
		...unmade,
		columns: new Map([
			...fromOutside(productsColumns),
			[
				'forecasted_demand',
				[{ relation: goldTables.inventory_health.name, column: 'forecasted_demand', how: 'copied' }],
			],
		]),
		reads: [goldTables.inventory_health.name],
	},
};

const orderTableColumns = attributes([
	['orderid', 'string', 'The order.'],
	['product_name', 'string', 'The product.'],
	['quantity', 'int', 'Units.'],
	['price', 'decimal(12,2)', 'Price of one unit.'],
]);

const orderTable: LakeTable = {
	...{ id: 'OrderTable', name: 'OrderTable', layer: 'serving', key: ['orderid'] },
	description: 'Live orders, one item per order. Its stream feeds the lake.',
	columns: orderTableColumns,
	making: {
		about: 'The shop, or `orders produce`, puts the items.',
		...unmade,
		columns: fromOutside(orderTableColumns),
	},
};

const stockDataColumns = attributes([
	['PK', 'string', 'The ticker.'],
	['SK', 'string', 'The second, ISO 8601, UTC.'],
	['open', 'decimal(15,6)', 'First price.'],
	['high', 'decimal(15,6)', 'Highest price.'],
	['low', 'decimal(15,6)', 'Lowest price.'],
	['close', 'decimal(15,6)', 'Last price.'],
	['volume', 'bigint', 'Shares traded.'],
]);

const stockData: LakeTable = {
	...{ id: 'StockData', name: 'StockData', layer: 'serving', key: ['PK', 'SK'] },
	description: 'Stock quotes, one item per ticker and second. They are not part of the lake.',
	columns: stockDataColumns,
	making: {
		about: 'A Lambda reads each file of quotes and writes its rows.',
		...unmade,
		columns: new Map<string, Derivation>([
			['PK', [{ relation: 'records_quotes', column: 'ticker', how: 'copied' }]],
			['SK', [{ relation: 'records_quotes', column: 'timestamp', how: 'copied' }]],
			...['open', 'high', 'low', 'close', 'volume'].map((name): [string, Derivation] => [
				name,
				[{ relation: 'records_quotes', column: name, how: 'copied' }],
			]),
		]),
		reads: ['records_quotes'],
	},
};
