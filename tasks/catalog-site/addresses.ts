import type { LakeTable, Layer } from '../lineage/lake-table';

/** The layers in the order in which the pages list them, as they call them. */
export const layerNames: Readonly<Record<Layer, string>> = {
	records: 'Source records',
	bronze: 'Bronze',
	silver: 'Silver',
	gold: 'Gold',
	live: 'Live',
	serving: 'DynamoDB',
};

export const indexAddress = 'index.html';
export const analysesAddress = 'analyses.html';

export const tableAddress = ({ id }: Pick<LakeTable, 'id'>): string => `${id}.html`;
export const columnAddress = (table: Pick<LakeTable, 'id'>, column: string): string =>
	`${tableAddress(table)}#${columnId(column)}`;
export const analysisAddress = ({ name }: { readonly name: string }): string => `${analysesAddress}#${name}`;

/** The id of the part of a table's page that is about a column. */
export const columnId = (column: string): string => `column-${column}`;
