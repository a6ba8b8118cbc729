import type { Dataset, Field } from '../../contracts';
import type { RecordForm } from '../../lake';
import { literal } from '../../platform/duckdb/quote';
import { spelling } from './spellings';

/**
 * SQL of a record's text in a form; `column` is SQL of a typed field. It is the text as received only of records that were
 * found equal to it: nothing is escaped.
 */
export function recordTextSql(dataset: Dataset, form: RecordForm, column: (field: string) => string): string {
	const parts = form.format === 'json' ? jsonParts(dataset, form, column) : csvParts(dataset, form, column);
	return `concat(${joinLiterals(parts).join(', ')})`;
}

/** A constant text, or SQL of a text. */
type Part = { readonly text: string } | { readonly sql: string };

function jsonParts(dataset: Dataset, { comma, colon, fields }: RecordForm, column: (field: string) => string): Part[] {
	const members = fields.flatMap(({ name, quoted, spelling: how, ifNull }, place): Part[] => {
		const field = dataset.fields[name] as Field;
		const value = spelling(field, how).write(column(name));
		const before = `${place === 0 ? '' : comma}${JSON.stringify(name)}${colon}`;
		const quote = quoted ? '"' : '';
		if (field.required) return [{ text: before + quote }, { sql: value }, { text: quote }];
		// `concat` leaves nulls out, `||` does not.
		const member = `${literal(before + quote)} || ${value} || ${literal(quote)}`;
		return [{ sql: ifNull === 'absent' ? member : `coalesce(${member}, ${literal(`${before}null`)})` }];
	});
	return [{ text: '{' }, ...members, { text: '}' }];
}

const csvParts = (dataset: Dataset, { fields, comma }: RecordForm, column: (field: string) => string): Part[] =>
	fields.flatMap(({ name, spelling: how }, place): Part[] => [
		{ text: place === 0 ? '' : comma },
		{ sql: spelling(dataset.fields[name] as Field, how).write(column(name)) },
	]);

/** SQL of each part; constants that follow each other are one. */
function joinLiterals(parts: readonly Part[]): string[] {
	const joined: string[] = [];
	let text = '';
	for (const part of [...parts, { sql: '' }]) {
		if ('text' in part) {
			text += part.text;
			continue;
		}
		if (text !== '') joined.push(literal(text));
		text = '';
		if (part.sql !== '') joined.push(part.sql);
	}
	return joined;
}
