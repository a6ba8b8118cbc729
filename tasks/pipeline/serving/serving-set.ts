import type { TaskContext } from '../../context';
import { goldTables, type Table } from '../../contracts';
import { servingTable } from '../../lake';
import type { Project } from '../../project';

/** A table of Gold whose rows are the items of a DynamoDB table. */
export interface ServedTable {
	/** How writes and messages refer to it. */
	readonly target: string;
	readonly gold: Table;
	/** The attributes of the items' key: the partition key, then the sort key if there is one. */
	readonly key: readonly string[];
	/** The date's column, which is the partition column of the Gold table. */
	readonly date: string;
	/** The name of the DynamoDB table. */
	readonly nameOf: (config: TaskContext['config']) => string;
}

/** DynamoDB tables that are loaded together, date by date. A manifest of the lake records what they hold. */
export interface ServingSet {
	readonly manifest: string;
	readonly tables: readonly ServedTable[];
	/** What to do where one of the DynamoDB tables is missing. */
	readonly hint: string;
}

/** The two tables of KPIs of the product. */
export const kpiSet: ServingSet = {
	manifest: servingTable,
	tables: [
		{
			target: 'category',
			gold: goldTables.category_kpis,
			key: ['category', 'order_date'],
			date: 'order_date',
			nameOf: ({ categoryKpisTable }) => categoryKpisTable,
		},
		{
			target: 'order',
			gold: goldTables.order_kpis,
			key: ['order_date'],
			date: 'order_date',
			nameOf: ({ orderKpisTable }) => orderKpisTable,
		},
	],
	hint: 'Deploy the stack, or name the tables by SHOPLAKE_CATEGORY_KPIS_TABLE and SHOPLAKE_ORDER_KPIS_TABLE.',
};

/** The product's set, then one for each table that a project serves: none holds up another. */
export const listServingSets = ({ goldTables }: Pick<Project, 'goldTables'>): ServingSet[] => [
	kpiSet,
	...goldTables.flatMap(({ name, table, serving, contract }) =>
		serving && table.partition
			? [
					{
						manifest: `serving_gold_${name}`,
						tables: [
							{
								target: name,
								gold: table,
								key: serving.key,
								date: table.partition.column,
								nameOf: () => serving.table,
							},
						],
						hint: `Deploy the stack again: it makes the table that ${contract} names.`,
					},
				]
			: [],
	),
];

/** The names of the DynamoDB tables, by target. */
export const dynamoDbNames = ({ tables }: ServingSet, config: TaskContext['config']): Record<string, string> =>
	Object.fromEntries(tables.map(({ target, nameOf }) => [target, nameOf(config)]));

/** The date of an item, or of the key of one; empty where it has none. */
export const itemDate = (
	{ tables }: ServingSet,
	target: string,
	item: Readonly<Record<string, { readonly S?: string | undefined }>>,
): string => item[tables.find((table) => table.target === target)?.date ?? '']?.S ?? '';
