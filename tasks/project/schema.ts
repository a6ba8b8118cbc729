import * as z from 'zod';
import type { SqlType } from '../contracts';
import { timeZoneSetting } from '../platform/config';

const sqlTypes = [
	...['string', 'int', 'bigint', 'double', 'boolean', 'date', 'timestamp'],
	...['decimal(12,2)', 'decimal(15,6)', 'decimal(18,1)', 'decimal(18,2)', 'decimal(18,4)'],
] as [SqlType, ...SqlType[]];
// Glue takes 255 characters for a column and 2048 for a table.
export const described = (most: number) =>
	z.string().min(1, 'must say what it is').max(most, `must have at most ${most} characters`);
const share = /^(100|\d{1,2})(\.\d+)?\s*%$|^(0(\.\d+)?|1(\.0+)?)$/;

export const configSchema = z.strictObject({
	currency: z
		.string()
		.regex(/^[A-Z]{3}$/, "must be three capital letters of ISO 4217, such as 'EUR'")
		.optional(),
	timeZone: timeZoneSetting.optional(),
	retention: z
		.string()
		.regex(/^([1-9]\d*d|(1[2-9]|[2-9]\d|[1-9]\d{2,})h)$/, "must be days or at least 12 hours, such as '7d' or '36h'")
		.optional(),
	maxRejected: z.string().regex(share, "must be a share, such as '5%' or '0.05'").optional(),
});

/** Names that need no quotes in any engine, and that Glue writes as they are. */
export const columnName = /^[a-z][a-z0-9_]{0,126}$/;

const column = z.strictObject({
	type: z.enum(sqlTypes),
	description: described(255),
	nullable: z.boolean().optional(),
});

/** A Gold table; `partitions` are the columns that a table of dates may be partitioned by. */
export const goldTableSchema = (partitions: readonly string[]) =>
	z
		.strictObject({
			description: described(2000),
			partition: z.enum(partitions).nullable(),
			columns: z
				.record(z.string().regex(columnName, 'must be lower-case letters, digits and _'), column)
				.refine((columns) => Object.keys(columns).length > 0, 'must have a column'),
			key: z.array(z.string()),
			serving: z
				.strictObject({
					table: z
						.string()
						.regex(/^[\w.-]{3,255}$/, 'must be a name of a DynamoDB table: 3 to 255 letters, digits, _ . -'),
					key: z.union([z.tuple([z.string()]), z.tuple([z.string(), z.string()])], {
						error: 'must be one column, or two: the partition key and the sort key',
					}),
				})
				.optional(),
		})
		.superRefine(({ partition, columns, key, serving }, context) => {
			const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
			if (partition !== null && partition in columns) {
				fault(['columns', partition], 'is the partition column, which every table of dates has: leave it out');
			}
			for (const [index, name] of key.entries()) {
				if (!(name in columns)) fault(['key', index], `'${name}' is not a column`);
			}
			if (!serving) return;
			if (partition === null) fault(['serving'], 'is for tables of dates: load-kpis loads date by date');
			else if (!serving.key.includes(partition)) {
				fault(['serving', 'key'], `must hold '${partition}': otherwise the items of two dates overwrite each other`);
			}
			for (const [index, name] of serving.key.entries()) {
				if (name !== partition && columns[name]?.type !== 'string') {
					fault(['serving', 'key', index], `'${name}' is neither a column of type 'string' nor the partition column`);
				}
			}
			for (const name of key) {
				if (!serving.key.includes(name))
					fault(['serving', 'key'], `lacks '${name}', which tells the rows of a date apart`);
			}
		});

/** The first fault of a value: the path of its key, and what is wrong with it. */
export function describeFault(error: z.ZodError): string {
	const [issue] = error.issues;
	if (!issue) return error.message;
	const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
	const path = [...issue.path, ...(unknown === undefined ? [] : [unknown])].join('.');
	const fault = (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
	const message = unknown === undefined ? fault.replace(/^Invalid input: /, 'must be: ') : 'is not a known key';
	return path === '' ? message : `${path}: ${message}`;
}
