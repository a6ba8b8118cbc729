import type { Dataset, Field } from '../../contracts';
import type { RecordForm } from '../../lake';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { type Members, splitMembers } from '../../platform/json-members';
import { mostFrequent } from '../../platform/most-frequent';
import { findSpelling } from './spellings';

type FormField = RecordForm['fields'][number];

/** Records that a form is found by. */
const sampleSize = 200;
/** Longer records, in bytes, are not looked at. */
const longestSample = 10_000;

/**
 * Finds the form of a source by its first records: SQL that gives `json`, as `validateRecords` takes it, of CSV with the
 * columns in order. Undefined if most of them are no objects, or have fields that the contract does not have, or if none has
 * a field.
 */
export async function findForm(
	duckdb: DuckDb,
	dataset: Dataset,
	records: string,
	format: RecordForm['format'],
	delimiter?: string,
): Promise<RecordForm | undefined> {
	const sample = await duckdb.rows(
		`select json from (${records}) where json is not null and strlen(json) <= ${longestSample} limit ${sampleSize}`,
	);
	return detectForm(
		dataset,
		sample.map(({ json }) => String(json)),
		format,
		delimiter,
	);
}

/**
 * The form of a source, from some of its records as JSON objects. A wrong answer costs time and space only: a record of
 * another form is kept with its text.
 */
export function detectForm(
	{ fields }: Dataset,
	records: readonly string[],
	format: RecordForm['format'],
	delimiter = ',',
): RecordForm | undefined {
	const objects = records.flatMap((record) => {
		const members = readMembers(record);
		return members ? [{ record, members }] : [];
	});
	const known = objects.filter(({ members }) => members.every(([name]) => Object.hasOwn(fields, name)));
	const separators = mostFrequent(known.flatMap(({ record, members }) => findSeparators(record, members)));
	if (known.length * 2 < records.length || separators === undefined) return undefined;
	const [comma, colon] = JSON.parse(separators) as [string, string];
	const names = mergeNames(known.map(({ members }) => members.map(([name]) => name)));
	if (names.length === 0) return undefined;
	const detected = names.map((name) => {
		const values = known.flatMap(({ members }) => members.filter(([own]) => own === name).map(([, value]) => value));
		return detectField(name, fields[name] as Field, values);
	});
	if (format === 'json') return { format, comma, colon, fields: detected };
	return { format, comma: delimiter, colon: '', fields: detected.map((field) => ({ ...field, quoted: false })) };
}

function detectField(name: string, field: Field, values: readonly string[]): FormField {
	const present = values.filter((value) => value !== 'null');
	const isQuoted = mostFrequent(present.map((value) => String(value.startsWith('"')))) === 'true';
	const texts = present
		.map((value) => (value.startsWith('"') ? value.slice(1, -1) : value))
		.filter((text) => text !== '');
	return {
		name,
		quoted: isQuoted,
		spelling: findSpelling(field, texts),
		ifNull: present.length < values.length ? 'null' : 'absent',
	};
}

/** The members of a JSON object; undefined if a text is none. */
function readMembers(record: string): Members | undefined {
	try {
		const value: unknown = JSON.parse(record);
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? splitMembers(record) : undefined;
	} catch {
		return undefined;
	}
}

/** The separators with which members make this record, as a JSON list of the comma and the colon. */
function findSeparators(record: string, members: Members): string[] {
	for (const comma of [',', ', ']) {
		for (const colon of [':', ': ']) {
			const text = members.map(([name, value]) => `${JSON.stringify(name)}${colon}${value}`).join(comma);
			if (`{${text}}` === record) return [JSON.stringify([comma, colon])];
		}
	}
	return [];
}

/** All names, in an order that agrees with each list as far as possible. */
function mergeNames(lists: readonly (readonly string[])[]): string[] {
	const merged: string[] = [];
	for (const list of lists) {
		for (const [place, name] of list.entries()) {
			if (merged.includes(name)) continue;
			const before = place === 0 ? -1 : merged.indexOf(list[place - 1] as string);
			merged.splice(before + 1, 0, name);
		}
	}
	return merged;
}
