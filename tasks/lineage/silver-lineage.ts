import keptRows from '../../sql/silver/kept-rows.sql';
import orphans from '../../sql/silver/orphans.sql';
import productWinners from '../../sql/silver/product-winners.sql';
import singleVersionRows from '../../sql/silver/single-version-rows.sql';
import winners from '../../sql/silver/winners.sql';
import { bronzeColumns, type Dataset, datasets } from '../contracts';
import type { Making, MakingStatement } from './lake-table';
import type { LineageParser } from './parse-select';
import { type Derivation, inputRelation } from './relation';

/**
 * How a table of Silver is made. Its statements are the same for every dataset and have the columns as slots, so the
 * columns come from the contract: a field from the field, a derived column from its expression.
 */
export async function deriveSilver(dataset: Dataset, parser: LineageParser): Promise<Making> {
	const bronze = `bronze_${dataset.name}`;
	const columns = new Map<string, Derivation>();
	for (const name of Object.keys(dataset.fields)) {
		columns.set(name, [{ relation: bronze, column: name, how: 'copied' }]);
	}
	const names = bronzeColumns(dataset).map(({ name }) => name);
	const inputs = new Map([[bronze, inputRelation(bronze, names)]]);
	for (const { name, sql } of dataset.derived) {
		const made = await parser.derive(`select ${sql((field) => field)} as ${name} from ${bronze}`, inputs);
		columns.set(name, made.derive(name));
	}
	const { partition } = dataset;
	if (partition) columns.set(partition.column, datesOf(dataset, partition.column));
	const parent = partition && dataset.eventTime === null ? findParent(dataset) : undefined;
	return {
		about:
			dataset.eventTime === null && !partition
				? 'The last record of each key, of all admitted batches.'
				: 'For each key the version that arrived last, of all admitted batches. The columns are those of the contract.',
		statements: statementsOf(dataset),
		columns,
		rows: [],
		reads: [bronze, ...(parent ? [`silver_${parent.name}`] : [])],
	};
}

/** What the date of a row comes from: the time of its record, or the row that the record belongs to. */
function datesOf(dataset: Dataset, column: string): Derivation {
	const { eventTime, name } = dataset;
	if (eventTime !== null) return [{ relation: `bronze_${name}`, column: eventTime, how: 'computed' }];
	const parent = findParent(dataset);
	return parent && [{ relation: `silver_${parent.name}`, column, how: 'copied' }];
}

/** The dataset that has the same dates, and whose key is a field of this one. */
function findParent({ name, partition, fields }: Dataset): Dataset | undefined {
	return Object.values<Dataset>(datasets).find(
		(other) =>
			other.name !== name &&
			other.partition?.column === partition?.column &&
			other.eventTime !== null &&
			other.key.every((column) => column in fields),
	);
}

function statementsOf({ eventTime, partition }: Dataset): MakingStatement[] {
	if (eventTime === null && !partition) return [{ name: 'product_winners', sql: productWinners.trim() }];
	return [
		{ name: 'single_version_rows', sql: singleVersionRows.trim() },
		{ name: 'winners', sql: winners.trim() },
		...(eventTime === null ? [{ name: 'orphans', sql: orphans.trim() }] : []),
		{ name: 'kept_rows', sql: keptRows.trim() },
	];
}
