import { createHash } from 'node:crypto';
import { type Dataset, datasets, type Table, tables } from '../contracts';

export interface CatalogColumn {
	readonly name: string;
	readonly type: string;
	readonly comment: string;
}

/** A table as the Glue catalogue should define it, derived from its contract; where its data lie is not part of it. */
export interface TableDefinition {
	readonly name: string;
	readonly description: string;
	readonly format: 'parquet' | 'json';
	readonly columns: readonly CatalogColumn[];
	readonly partitionKeys: readonly CatalogColumn[];
}

/** A definition as it was found: of whatever format. */
export type FoundDefinition = Omit<TableDefinition, 'format'> & { readonly format: string };

/** Every table of the catalogue: Silver and Gold, then Bronze. */
export const definitions: readonly TableDefinition[] = [
	...tables.map(definitionOf),
	...Object.values(datasets).map(bronzeDefinition),
];

function definitionOf({ name, description, columns, partition }: Table): TableDefinition {
	return {
		name,
		description,
		format: 'parquet',
		columns: columns.map(({ name, type, description }) => ({ name, type, comment: description })),
		partitionKeys: partition ? [{ name: partition.column, type: 'date', comment: partition.description }] : [],
	};
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
export function fingerprintOf({ name, description, format, columns, partitionKeys }: FoundDefinition): string {
	const plain = (column: CatalogColumn) => [column.name, column.type, column.comment];
	const text = JSON.stringify([name, description, format, columns.map(plain), partitionKeys.map(plain)]);
	return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
