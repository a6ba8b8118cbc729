import gadgetSalesSql from '../../../sql/live/gadget-sales.sql';
import {
	bronzeColumns,
	type Dataset,
	gadgetSalesView,
	liveOrders,
	type Table,
	type TableColumn,
} from '../../contracts';
import { fill } from '../../platform/duckdb/fill';
import { shortDigest } from '../../platform/short-digest';
import { utc } from '../../platform/time-zone';
import { listOwnTables, noProject, type Project } from '../../project';
import { viewDescription } from './presto-view';
import { dailyProjection, type Projection } from './projection';

export interface CatalogColumn {
	readonly name: string;
	readonly type: string;
	readonly comment: string;
}

/** A table as the Glue catalogue should define it, derived from its contract; without the location of its data. */
export interface TableDefinition {
	readonly name: string;
	readonly description: string;
	readonly format: 'parquet' | 'iceberg' | 'json' | 'view';
	readonly columns: readonly CatalogColumn[];
	readonly partitionKeys: readonly CatalogColumn[];
	/** Given where the query engine computes the partitions: `crawl` registers none. */
	readonly projection?: Projection;
	/** The statement of a view. */
	readonly sql?: string;
}

/** A definition found in Glue, which may be of any format. */
export type FoundDefinition = Omit<TableDefinition, 'format'> & { readonly format: string };

/** Every table of the catalogue: Silver and Gold, the project's tables too, then Bronze, then the live ones. */
export function listDefinitions(project: Pick<Project, 'contracts' | 'goldTables' | 'config'>): TableDefinition[] {
	const { tables, datasets } = project.contracts;
	return [
		...[...tables, ...listOwnTables(project)].map((table) =>
			inCurrency(tableDefinition(table), project.config.currency),
		),
		...Object.values(datasets).map(bronzeDefinition),
		liveOrdersDefinition(),
		gadgetSalesDefinition(),
	];
}

/** The product's own tables. */
export const definitions: readonly TableDefinition[] = listDefinitions(noProject);

/** A table whose description says in what currency its amounts are; unchanged where it has none. */
function inCurrency(definition: TableDefinition, currency: string | undefined): TableDefinition {
	const hasAmounts = definition.columns.some(({ type }) => type.endsWith(',2)'));
	return currency === undefined || !hasAmounts
		? definition
		: { ...definition, description: `${definition.description} Amounts are in ${currency}.` };
}

/** A table of the lake whose comments say of which time zone its dates are; they say UTC, and it is unchanged then. */
export function inDaysOf(definition: TableDefinition, timeZone: string): TableDefinition {
	const { description, columns, partitionKeys, projection, format } = definition;
	// The live tables are by the hour of delivery, which is UTC.
	if (timeZone === utc || projection || format === 'view') return definition;
	const dated = (column: CatalogColumn) => ({
		...column,
		comment: column.comment.replace('UTC date', `date in ${timeZone}`),
	});
	const hasDates = [...columns, ...partitionKeys].some(
		({ type, comment }) => type === 'date' || comment.includes('UTC date'),
	);
	return {
		...definition,
		description: hasDates ? `${description} Dates are those of ${timeZone}.` : description,
		columns: columns.map(dated),
		partitionKeys: partitionKeys.map(dated),
	};
}

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

function bronzeDefinition(dataset: Dataset): TableDefinition {
	return {
		name: `bronze_${dataset.name}`,
		description: `${dataset.description} The records that passed, typed.`,
		format: 'parquet',
		columns: bronzeColumns(dataset).map(catalogColumn),
		partitionKeys: [{ name: 'batch', type: 'string', comment: 'The batch the record came in.' }],
	};
}

const bronzeName = /^bronze_(.+)$/;

/** The dataset whose Bronze table this is; undefined for other tables. */
export const datasetInBronze = (table: string): string | undefined => bronzeName.exec(table)?.[1];

/** A digest of a definition, short enough for a table parameter. */
export function definitionFingerprint(definition: FoundDefinition): string {
	const { name, description, format, columns, partitionKeys, projection, sql } = definition;
	const columnValues = (column: CatalogColumn) => [column.name, column.type, column.comment];
	const text = JSON.stringify([
		name,
		description,
		format,
		columns.map(columnValues),
		partitionKeys.map(columnValues),
		...(projection ? [Object.entries(projection).sort(([a], [b]) => (a < b ? -1 : 1))] : []),
		...(sql === undefined ? [] : [sql]),
	]);
	return shortDigest(text);
}
