import { createHash } from 'node:crypto';
import gadgetSalesSql from '../../../sql/live/gadget-sales.sql';
import {
	type Dataset,
	datasets,
	gadgetSalesView,
	liveOrders,
	type Table,
	type TableColumn,
	tables,
} from '../../contracts';
import { fill } from '../../platform/duckdb/fill';
import { viewDescription } from './presto-view';
import { dailyProjection, type Projection } from './projection';

export interface CatalogColumn {
	readonly name: string;
	readonly type: string;
	readonly comment: string;
}

/** A table as the Glue catalogue should define it, derived from its contract; where its data lie is not part of it. */
export interface TableDefinition {
	readonly name: string;
	readonly description: string;
	readonly format: 'parquet' | 'json' | 'view';
	readonly columns: readonly CatalogColumn[];
	readonly partitionKeys: readonly CatalogColumn[];
	/** Where partitions are computed by whoever queries: `crawl` registers none. */
	readonly projection?: Projection;
	/** Of a view: its statement. */
	readonly sql?: string;
}

/** A definition as it was found: of whatever format. */
export type FoundDefinition = Omit<TableDefinition, 'format'> & { readonly format: string };

/** Every table of the catalogue: Silver and Gold, then Bronze, then what is live. */
export const definitions: readonly TableDefinition[] = [
	...tables.map(tableDefinition),
	...Object.values(datasets).map(bronzeDefinition),
	liveOrdersDefinition(),
	gadgetSalesDefinition(),
];

function tableDefinition({ name, description, columns, partition }: Table): TableDefinition {
	return {
		name,
		description,
		format: 'parquet',
		columns: columns.map(catalogColumn),
		partitionKeys: partition ? [{ name: partition.column, type: 'date', comment: partition.description }] : [],
	};
}

function liveOrdersDefinition(): TableDefinition {
	const { name, description, columns, partition } = liveOrders;
	return {
		name,
		description,
		format: 'json',
		columns: columns.map(catalogColumn),
		partitionKeys: [{ name: partition.column, type: 'string', comment: partition.description }],
		projection: dailyProjection(liveOrders),
	};
}

function gadgetSalesDefinition(): TableDefinition {
	const { name, columns } = gadgetSalesView;
	return {
		name,
		description: viewDescription,
		format: 'view',
		columns: columns.map(catalogColumn),
		partitionKeys: [],
		sql: fill(gadgetSalesSql, { date: `cast(replace(${liveOrders.partition.column}, '/', '-') as date)` }).trim(),
	};
}

function catalogColumn({ name, type, description }: TableColumn): CatalogColumn {
	return { name, type, comment: description };
}

/** Bronze keeps values as received, so every field is text. */
function bronzeDefinition(dataset: Dataset): TableDefinition {
	const fields = Object.entries(dataset.fields).map(([name, field]) => ({
		name,
		type: 'string',
		comment: field.description,
	}));
	return {
		name: `bronze_${dataset.name}`,
		description: `${dataset.description} As received: the records that passed.`,
		format: 'json',
		columns: [
			{ name: '_file', type: 'int', comment: 'Which of the batch’s source files the record came from, from 0.' },
			{ name: '_line', type: 'bigint', comment: 'The number of the record in its source file.' },
			...fields,
		],
		partitionKeys: [{ name: 'batch', type: 'string', comment: 'The batch the record came in.' }],
	};
}

/** Equal for equal definitions; short enough for a table parameter. */
export function definitionFingerprint(definition: FoundDefinition): string {
	const { name, description, format, columns, partitionKeys, projection, sql } = definition;
	const plain = (column: CatalogColumn) => [column.name, column.type, column.comment];
	const text = JSON.stringify([
		name,
		description,
		format,
		columns.map(plain),
		partitionKeys.map(plain),
		...(projection ? [Object.entries(projection).sort(([a], [b]) => (a < b ? -1 : 1))] : []),
		...(sql === undefined ? [] : [sql]),
	]);
	return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
