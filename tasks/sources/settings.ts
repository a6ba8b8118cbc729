import * as z from 'zod';
import { delimiters } from '../platform/csv';
import { UsageError } from '../platform/errors';
import { encodingByLabel } from '../platform/lines';

/** The name of a relation or of a view: it needs no quotes in SQL. */
export const relationName = /^[a-z][a-z0-9_]*$/;

/** The encoding of a label; adds an issue if there is none. */
function knownEncoding(label: string, context: z.RefinementCtx): string {
	const encoding = encodingByLabel(label);
	if (encoding === undefined) {
		context.addIssue(`'${label}' is not a known encoding; write its usual name, such as utf-8 or windows-1252`);
	}
	return encoding ?? '';
}

const sourceFiles = z.strictObject({
	/** Patterns of file names, such as `orders_export*.csv`. */
	match: z.array(z.string().min(1)).min(1),
	/** These three are found where they are left out. */
	format: z.enum(['csv', 'json', 'ndjson', 'parquet', 'xlsx']).optional(),
	encoding: z.string().transform(knownEncoding).optional(),
	delimiter: z.enum(delimiters).optional(),
	/** `none`: quotes are characters like others; without it, double quotes may stand around a value. */
	quote: z.literal('none').optional(),
	/** Columns that each file has to have. */
	columns: z.array(z.string().min(1)).default([]),
	/** Columns that are null if a file does not have them. */
	optional_columns: z.array(z.string().min(1)).default([]),
	/** Rows of a lookup are not records: a statement need not use them. */
	role: z.enum(['records', 'lookup']).default('records'),
	/** Whether the relation may be empty because no file matches. */
	optional: z.boolean().default(false),
});
/** The files of one relation. */
export type SourceFiles = z.infer<typeof sourceFiles>;

const sourceSettings = z.strictObject({
	title: z.string().min(1),
	description: z.string().default(''),
	/** The relations that statements read, by name. */
	files: z.record(z.string().regex(relationName), sourceFiles),
	/** Values that a user may set with `--param`, by name. */
	parameters: z
		.record(z.string().regex(/^[A-Za-z_]\w*$/), z.strictObject({ default: z.string(), description: z.string() }))
		.default({}),
});
/** What `source.json` says about a source. */
export type SourceSettings = z.infer<typeof sourceSettings>;

/** Parses the text of a `source.json`; `file` is its name in messages. Throws UsageError, with the place of what is wrong. */
export function parseSettings(text: string, file: string): SourceSettings {
	let json: unknown;
	try {
		json = JSON.parse(text.replace(/^\ufeff/, ''));
	} catch (error) {
		throw new UsageError(`${file} is not JSON: ${(error as Error).message}.`);
	}
	const parsed = sourceSettings.safeParse(json);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw new UsageError(
			`${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}. It has title, description, files (by the names of relations: match, format, encoding, delimiter, quote, columns, optional_columns, role, optional) and parameters.`,
		);
	}
	if (Object.keys(parsed.data.files).length === 0) {
		throw new UsageError(
			`${file}: files: there is no relation. Name one, such as "source", with the files that match.`,
		);
	}
	return parsed.data;
}
