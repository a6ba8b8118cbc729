import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { type Contracts, type Dataset, type DatasetName, getDataset } from '../../contracts';
import { farOffset } from '../../contracts/types/times';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import { UsageError } from '../../platform/errors';
import { splitMembers } from '../../platform/json-members';
import { isS3Location, parseS3Location } from '../../platform/s3-location';
import { utc } from '../../platform/time-zone';
import { type DecimalSign, decimalTextSql, isNumeric } from './decimal-texts';
import type { Buckets } from './find-files';
import { checkMappingValues } from './mapping-values';

const datasetMapping = z.strictObject({
	/** The source's column for each contract column that has another name there. */
	columns: z.record(z.string(), z.string()).default({}),
	/** Values of contract columns that the source does not have. */
	constants: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
	/** How dates and times are written, in strftime's letters: `%d/%m/%Y`. */
	date_format: z.string().optional(),
	/** What stands before the decimal places of numbers that are texts; the other sign may be between thousands. */
	decimal: z.enum([',', '.']).optional(),
});

/** How the columns of a user's source become a contract's. */
export type DatasetMapping = z.infer<typeof datasetMapping>;
export type Mapping = Readonly<Record<DatasetName, DatasetMapping | undefined>>;

/**
 * Reads a mapping file, of this machine or `s3://bucket/key`: JSON, an object with a key for each dataset mapped.
 * Throws UsageError where there is no such file, and where it maps what the contract does not have, or says
 * something twice.
 */
export async function readMapping(path: string, buckets: Buckets, contracts: Contracts): Promise<Mapping> {
	const text = (isS3Location(path) ? await readObject(path, buckets) : await readLocalFile(path)).replace(
		/^\ufeff/,
		'',
	);
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw new UsageError(`${path} is not JSON: ${(error as Error).message}.`);
	}
	checkNames(path, text, []);
	checkMappingValues(path, json);
	const parsed = z.partialRecord(z.enum(contracts.names), datasetMapping).safeParse(json);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw new UsageError(
			`${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}. It maps datasets (${contracts.names.join(', ')}), each with columns, constants, date_format, decimal.`,
		);
	}
	for (const [dataset, mapping] of Object.entries(parsed.data)) {
		if (mapping) checkTargets(path, getDataset(contracts, dataset), mapping);
	}
	return parsed.data;
}

/** A mapping with a decimal sign for all of some datasets that it does not give one. */
export const withDecimal = (mapping: Mapping, decimal: DecimalSign, names: readonly DatasetName[]): Mapping =>
	Object.fromEntries(names.map((name) => [name, { columns: {}, constants: {}, decimal, ...mapping[name] }] as const));

/** Not `NoInputError`: a day whose mapping is missing must not look like a day without files. */
const noSuchFile = (path: string) => new UsageError(`The mapping file ${path} can't be read. Does it exist?`);

async function readLocalFile(path: string): Promise<string> {
	try {
		return await readFile(path, 'utf8');
	} catch {
		throw noSuchFile(path);
	}
}

async function readObject(path: string, buckets: Buckets): Promise<string> {
	const { bucket, key } = parseS3Location(path, '--map');
	const text = key === '' ? undefined : await (await buckets(bucket)).getText(key);
	if (text === undefined) throw noSuchFile(path);
	return text;
}

/** Throws UsageError where a name stands twice in one object: JSON.parse would take the last value, without a word. */
function checkNames(path: string, text: string, above: readonly string[]): void {
	if (!text.trimStart().startsWith('{')) return;
	const known = new Set<string>();
	for (const [name, value] of splitMembers(text)) {
		const place = [...above, name];
		if (known.has(name)) throw new UsageError(`${path} has ${place.join('.')} twice. Leave one of them out.`);
		known.add(name);
		checkNames(path, value, place);
	}
}

function checkTargets(path: string, { name: dataset, fields }: Dataset, mapping: DatasetMapping): void {
	const known = Object.keys(fields);
	for (const target of [...Object.keys(mapping.columns), ...Object.keys(mapping.constants)]) {
		if (!known.includes(target)) {
			throw new UsageError(`${path}: ${dataset} has no column '${target}'; it has ${known.join(', ')}.`);
		}
	}
	const both = Object.keys(mapping.columns).find((target) => Object.hasOwn(mapping.constants, target));
	if (both !== undefined) {
		throw new UsageError(
			`${path}: ${dataset}.${both} is mapped both to a column and to a constant. Leave one of them out.`,
		);
	}
}

/** Throws UsageError where a mapping's date format is not valid. */
export async function checkDateFormats(duckdb: DuckDb, path: string, mapping: Mapping): Promise<void> {
	for (const [dataset, { date_format: format } = {} as Partial<DatasetMapping>] of Object.entries(mapping)) {
		if (format === undefined) continue;
		await duckdb.rows(`select try_strptime('', ${literal(format)})`).catch((error: Error) => {
			throw new UsageError(
				`${path}: ${dataset}.date_format '${format}' is not a valid format (${error.message}). Write it in strftime's letters, such as %d/%m/%Y.`,
			);
		});
	}
}

/** The columns a source has to have: the contract's required ones, as the source calls them. */
export function requiredColumns({ fields }: Dataset, mapping: DatasetMapping | undefined): string[] {
	return Object.entries(fields)
		.filter(([name, { required }]) => required && mapping?.constants[name] === undefined)
		.map(([name]) => mapping?.columns[name] ?? name);
}

/** SQL of where a field stands in an object, as a JSON pointer: it takes names of any letters. */
export const pointer = (name: string) => literal(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);

/**
 * SQL of a time in ISO with its offset, where the offset is beyond ±14:00, so that the rules can reject it: DuckDB would
 * convert it. Null for all others.
 */
function withFarOffset(text: string, format: string): string {
	if (!format.trimEnd().endsWith('%z')) return 'null';
	const offset = `regexp_extract(${text}, '${farOffset}')`;
	const local = `try_strptime(trim(regexp_replace(${text}, '${farOffset}', '')), ${literal(format.trimEnd().slice(0, -2).trimEnd())})`;
	return `case when ${offset} <> '' then strftime(${local}, '%Y-%m-%dT%H:%M:%S') || ${offset} end`;
}

/** A letter of strftime that stands for a part of a day. */
const hasTime = /%-?[HIMSfgTcXsz]/;
/** One that says what instant it is. */
const hasInstant = /%-?[zZs]/;

/**
 * SQL of the record in the contract's names, from SQL of the source's JSON object. A date that does not have the format
 * stays as it is, and then breaks the rule `type`.
 */
export function mappedRecordSql(
	{ fields }: Dataset,
	mapping: DatasetMapping,
	json: string,
	timeZone: string = utc,
): string {
	const fieldType = (name: string): string => fields[name]?.type ?? '';
	const respelled = (name: string, source: string) => {
		const type = fieldType(name);
		if (mapping.decimal !== undefined && isNumeric(type)) return decimalValue(source, mapping.decimal);
		if (mapping.date_format === undefined || (type !== 'date' && type !== 'timestamp')) {
			return `json_extract(${json}, ${pointer(source)})`;
		}
		const text = `trim(json_extract_string(${json}, ${pointer(source)}))`;
		const isoTime = '%Y-%m-%dT%H:%M:%S.%f';
		const iso = hasTime.test(mapping.date_format) ? isoTime : '%Y-%m-%d';
		// DuckDB converts an offset to UTC; without the `Z` it would count as a time of the zone.
		const format = timeZone !== utc && hasInstant.test(mapping.date_format) ? `${isoTime}Z` : iso;
		const inUtc = `strftime(try_strptime(${text}, ${literal(mapping.date_format)}), '${format}')`;
		return `to_json(coalesce(${withFarOffset(text, mapping.date_format)}, ${inUtc}, ${text}))`;
	};
	// A number of JSON is what it is; a text is read by the decimal sign.
	const decimalValue = (source: string, sign: DecimalSign) => {
		const value = `json_extract(${json}, ${pointer(source)})`;
		const text = `trim(json_extract_string(${json}, ${pointer(source)}))`;
		return `case when json_type(${value}) = 'VARCHAR' and ${text} <> '' then to_json(${decimalTextSql(text, sign)}) else ${value} end`;
	};
	const isRespelled = (type: string) =>
		(mapping.date_format !== undefined && /date|timestamp/.test(type)) ||
		(mapping.decimal !== undefined && isNumeric(type));
	const others = Object.entries(fields)
		.filter(([name, { type }]) => isRespelled(type) && !mapping.columns[name] && mapping.constants[name] === undefined)
		.map(([name]) => [name, name] as const);
	const renamed = Object.entries(mapping.columns);
	const removed = renamed
		.filter(([name, source]) => source !== name && !Object.hasOwn(mapping.columns, source))
		.map(([, source]) => [literal(source), 'null']);
	const set = [...renamed, ...others].map(([name, source]) => [literal(name), respelled(name, source)]);
	const constants = Object.entries(mapping.constants).map(([name, value]) => [
		literal(name),
		typeof value === 'number' ? String(value) : literal(value),
	]);
	const pairs = [...removed, ...set, ...constants].map(([name, value]) => `${name}, ${value}`);
	return `cast(json_merge_patch(${json}, json_object(${pairs.join(', ')})) as varchar)`;
}
