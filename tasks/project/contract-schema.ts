import * as z from 'zod';
import type { Field } from '../contracts';
import { columnName, described } from './schema';

/** Names of columns that the statements of Bronze and Silver use for themselves. */
const reserved = [
	...['batch', 'file', 'line', 'json', 'raw', 'fault', 'record', 'filename', 'rule', 'message', 'shape', 'found'],
	...['broken', 'is_odd', 'rank', 'position', 'first_position', 'copies', 'place', 'content_date', 'partition_date'],
	...['key_hash', 'is_known', 'is_first', 'is_last', 'is_winner', 'is_orphan', 'waits_for', 'v'],
];

const types = ['string', 'int', 'decimal(12,2)', 'double', 'date', 'timestamp'] as const;
const numbers: readonly Field['type'][] = ['int', 'decimal(12,2)', 'double'];
const times: readonly Field['type'][] = ['date', 'timestamp'];

/** The types that a rule is for. */
const ruleTypes: Readonly<Record<string, readonly Field['type'][]>> = {
	atLeast: numbers,
	moreThan: numbers,
	atMost: numbers,
	oneOf: ['string'],
	mostBytes: ['string'],
	notBefore: times,
};

const field = z
	.strictObject({
		type: z.enum(types, {
			error: `must be made by text, keyText, word, whole, money, figure, day or moment: a field has one of the types ${types.join(', ')}`,
		}),
		required: z.boolean(),
		description: described(255),
		atLeast: z.number().optional(),
		moreThan: z.number().optional(),
		atMost: z.number().optional(),
		oneOf: z.array(z.string().min(1)).min(1, 'must have a word').optional(),
		mostBytes: z.int().positive().optional(),
		notBefore: z.iso.date('must be a date, such as 2026-11-20').optional(),
	})
	.superRefine(({ type, ...rules }, context) => {
		for (const [rule, fitting] of Object.entries(ruleTypes)) {
			if (rules[rule as keyof typeof rules] === undefined || fitting.includes(type)) continue;
			context.addIssue({ code: 'custom', path: [rule], message: `is not for a field of type ${type}` });
		}
	});

const fieldName = z
	.string()
	.regex(columnName, 'must be lower-case letters, digits and _')
	.refine((name) => !reserved.includes(name), {
		error: ({ input }) => `'${input}' is a name that shoplake uses itself: give the column another name`,
	});

const fields = z.record(fieldName, field).refine((all) => Object.keys(all).length > 0, 'must have a column');

export const columnsSchema = z.strictObject({
	kind: z.literal('columns'),
	columns: fields.superRefine((columns, context) => {
		for (const [name, { required }] of Object.entries(columns)) {
			if (!required) continue;
			context.addIssue({
				code: 'custom',
				path: [name],
				message: 'must be optional(…): records from before it lack the column, and would all be rejected',
			});
		}
	}),
});

export const datasetSchema = z
	.strictObject({
		kind: z.literal('dataset'),
		description: described(2000),
		version: z.int().positive().optional(),
		fields,
		key: z.array(z.string()),
		eventTime: z.string(),
		partition: z.strictObject({ column: fieldName, description: described(255) }),
	})
	.superRefine(({ fields, key, eventTime, partition: { column } }, context) => {
		const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
		const dated = fields[eventTime];
		if (!dated) fault(['eventTime'], `'${eventTime}' is not a field`);
		else if (!times.includes(dated.type)) fault(['eventTime'], `'${eventTime}' is neither a moment nor a day`);
		else if (!dated.required) fault(['eventTime'], `'${eventTime}' must not be optional: every record has a date`);
		if (column in fields) {
			fault(['partition', 'column'], `'${column}' is a field, too: give the date of '${eventTime}' a name of its own`);
		}
		if (!key.includes(column)) {
			fault(['key'], `must hold '${column}': a record belongs to its date, and another date makes another record`);
		}
		if (key.every((name) => name === column))
			fault(['key'], 'must hold a field that tells the records of a date apart');
		for (const [index, name] of key.entries()) {
			if (name === column) continue;
			if (!fields[name]) fault(['key', index], `'${name}' is not a field`);
			else if (!fields[name].required)
				fault(['key', index], `'${name}' must not be optional: it identifies the record`);
		}
	});
