import {
	bronzeColumns,
	type Contract,
	type Dataset,
	gadgetSalesView,
	liveOrders,
	quotes,
	silverTable,
	type Table,
	type TableColumn,
} from '../contracts';
import { fieldRules } from '../pipeline/catalog/data-catalog';
import { listDefinitions } from '../pipeline/catalog/definition';
import { composeGold } from '../pipeline/gold/tables';
import type { DuckDb } from '../platform/duckdb/duckdb';
import type { Project } from '../project/project';
import { deriveGold } from './gold-lineage';
import type { LakeColumn, LakeTable, Making } from './lake-table';
import { LineageParser } from './parse-select';
import { type Derivation, inputRelation } from './relation';
import { listServingTables } from './serving-lineage';
import { deriveSilver } from './silver-lineage';

/**
 * Every table of the lake with the columns of its contract and where they come from, layer by layer: what
 * sources send, Bronze, Silver, Gold with a project's tables, the live tables, and DynamoDB. Reads no lake.
 */
export async function listLakeTables(duckdb: DuckDb, project: Project): Promise<LakeTable[]> {
	const parser = await LineageParser.create(duckdb);
	const all = Object.values(project.contracts.datasets);
	const model = composeGold(project);
	const makings = await deriveGold(model, project.contracts, parser);
	const gold = Object.entries(model.tables);
	const keys = new Map(project.goldTables.map(({ name, key }) => [name, key]));
	const silver = await Promise.all(
		all.map(async (dataset) => silverLakeTable(dataset, await deriveSilver(dataset, parser))),
	);
	return [
		...all.map((dataset) => recordsTable(dataset)),
		recordsTable(quotes),
		...all.map(bronzeLakeTable),
		...silver,
		...gold.map(([name, table]) => goldLakeTable(table, keys.get(name) ?? [], makings.get(name) as Making)),
		...(await listLiveTables(parser, project)),
		...listServingTables(project),
	];
}

/** The id of what sources send for a dataset. */
export const recordsId = (name: string): string => `records_${name}`;

const withRules = (columns: readonly TableColumn[], contract?: Contract): LakeColumn[] =>
	columns.map((column) => ({ ...column, rules: contract ? fieldRules(contract, column.name) : [] }));

const partitionColumn = ({ partition }: Pick<Table, 'partition'>, type: LakeColumn['type'] = 'date'): LakeColumn[] =>
	partition
		? [
				{
					...{ name: partition.column, type, nullable: false, description: partition.description },
					...{ rules: [], isPartition: true },
				},
			]
		: [];

function recordsTable(contract: Contract): LakeTable {
	const columns = Object.entries(contract.fields).map(([name, { type, required, description }]) => ({
		...{ name, type, nullable: !required, description },
	}));
	const isLive = contract.name === 'gadget_sales';
	return {
		id: recordsId(contract.name),
		name: contract.name,
		layer: 'records',
		description: contract.description,
		columns: withRules(columns, contract),
		key: contract.key,
		making: {
			about: isLive
				? 'Files of a source, or live orders that `stream seal` has made a batch of.'
				: 'Files of a source: NDJSON, CSV, Parquet or Excel, or an export that a SQL source turns into records.',
			statements: [],
			columns: isLive ? copied(Object.keys(contract.fields), liveOrders.name) : fromOutside(columns),
			rows: [],
			reads: isLive ? [liveOrders.name] : [],
		},
	};
}

/** Columns that come from no table: a source sends them, or the program sets them. */
const fromOutside = (columns: readonly { readonly name: string }[]): Map<string, Derivation> =>
	new Map(columns.map(({ name }) => [name, []]));

/** Columns that are those of the same names in another table. */
const copied = (names: readonly string[], table: string): Map<string, Derivation> =>
	new Map(names.map((name) => [name, [{ relation: table, column: name, how: 'copied' as const }]]));

function bronzeLakeTable(dataset: Dataset): LakeTable {
	const records = recordsId(dataset.name);
	const names = Object.keys(dataset.fields);
	const columns = [
		...withRules(bronzeColumns(dataset), dataset),
		...partitionColumn({ partition: { column: 'batch', description: 'The batch the record came in.' } }, 'string'),
	];
	const wholeRecord: Derivation = [{ relation: records, column: null, how: 'copied' }];
	return {
		id: `bronze_${dataset.name}`,
		name: `bronze_${dataset.name}`,
		layer: 'bronze',
		description: `${dataset.description} The records that passed, typed.`,
		columns,
		key: ['batch', '_file', '_line'],
		making: {
			about: '`ingest` types each record and tests it by the rules. One that breaks a rule goes to quarantine.',
			statements: [],
			columns: new Map([
				...fromOutside(columns),
				...copied(names, records),
				...['_extra', '_raw'].map((name) => [name, wholeRecord] as const),
			]),
			rows: names.map((column) => ({ relation: records, column, how: 'copied' })),
			reads: [records],
		},
	};
}

function silverLakeTable(dataset: Dataset, making: Making): LakeTable {
	const table = silverTable(dataset);
	return {
		id: table.name,
		name: table.name,
		layer: 'silver',
		description: table.description,
		columns: [...withRules(table.columns, dataset), ...partitionColumn(table)],
		key: dataset.key,
		making,
	};
}

const goldLakeTable = (table: Table, key: readonly string[], making: Making): LakeTable => ({
	id: table.name,
	name: table.name,
	layer: 'gold',
	description: table.description,
	columns: [...withRules(table.columns), ...partitionColumn(table)],
	key: key.length > 0 && table.partition ? [table.partition.column, ...key] : key,
	making,
});

async function listLiveTables(parser: LineageParser, project: Project): Promise<LakeTable[]> {
	const { name, description, columns, partition } = liveOrders;
	const fromTable = new Map([
		...fromOutside([...columns, { name: partition.column }]),
		...copied(['orderid', 'product_name', 'quantity', 'price'], 'OrderTable'),
	]);
	const view = listDefinitions(project).find((definition) => definition.name === gadgetSalesView.name)?.sql ?? '';
	const names = [...columns.map(({ name }) => name), partition.column];
	const made = await parser.derive(view, new Map([[name, inputRelation(name, names)]]));
	return [
		{
			...{ id: name, name, layer: 'live', description, key: [] },
			columns: [...withRules(columns), ...partitionColumn({ partition }, 'string')],
			making: {
				about: 'Each change of `OrderTable`: its stream, a pipe and Firehose write them as JSON.',
				...{ statements: [], columns: fromTable, rows: [], reads: ['OrderTable'] },
			},
		},
		{
			...{ id: gadgetSalesView.name, name: gadgetSalesView.name, layer: 'live' },
			description: gadgetSalesView.description,
			columns: withRules(gadgetSalesView.columns),
			key: [],
			making: {
				about: 'A view.',
				statements: [{ name: gadgetSalesView.name, sql: view.trim() }],
				columns: new Map(gadgetSalesView.columns.map((column) => [column.name, made.derive(column.name)])),
				rows: made.rows,
				reads: [name],
			},
		},
	];
}
