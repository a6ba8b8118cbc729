import { shortDigest } from '../platform/short-digest';
import type { Field, SqlType, TableColumn } from './column';
import type { Dataset } from './dataset';

/** The type of a field in Bronze: a date keeps the time of day that it was given with, in the zone that typed it. */
export const bronzeType = ({ type }: Pick<Field, 'type'>): SqlType => (type === 'date' ? 'timestamp' : type);

/** A digest of what a contract says of the values of its fields: other typing or rules give another one. */
export const contractDigest = ({ version, fields }: Dataset): string =>
	shortDigest(
		JSON.stringify([version, Object.entries(fields).map(([name, { description: _, ...rules }]) => [name, rules])]),
	);

/** The columns of a dataset's Bronze table, without its partition, the batch: where a record came from, and what it says. */
export const bronzeColumns = (dataset: Dataset): readonly TableColumn[] => [
	{
		name: '_file',
		type: 'int',
		nullable: false,
		description: 'Which of the batch’s source files the record came from, from 0.',
	},
	{
		name: '_line',
		type: 'bigint',
		nullable: false,
		description: 'The line of its source file on which the record begins, from 1; of Parquet the number of its row.',
	},
	...Object.entries(dataset.fields).map(([name, field]) => ({
		name,
		type: bronzeType(field),
		nullable: !field.required,
		description: field.description,
	})),
	{
		name: '_extra',
		type: 'string',
		nullable: true,
		description: 'The record’s fields that the contract does not have, as a JSON object.',
	},
	{
		name: '_raw',
		type: 'string',
		nullable: true,
		description: 'The record’s text as received, if the other columns do not reproduce it exactly.',
	},
];
