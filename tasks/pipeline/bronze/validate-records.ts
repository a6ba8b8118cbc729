import { type Dataset, inTimeZone } from '../../contracts';
import { rules } from '../../contracts/rules';
import { trimmed } from '../../contracts/typing';
import type { RecordForm } from '../../lake';
import { parquetOptions } from '../../lake/write-partitions';
import { sumCounts } from '../../platform/counts';
import type { Delimiter } from '../../platform/csv';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier, literal } from '../../platform/duckdb/quote';
import { isNestedTooDeep, mostLevels, shortestDeepText } from '../../platform/json-depth';
import { type DelimitedLines, delimitedRecordsSql } from './delimited-records';
import type { DatasetMapping } from './mapping';
import { quarantineTable } from './quarantine';
import { findForm } from './record-form';
import { delimitedTexts, jsonTexts } from './record-texts';
import { parseRecords } from './sound-records';
import { numberSeparator, type StagedChunk } from './staging';
import { perhapsNotStrict, validationSql, valueColumn } from './validation-sql';

/** What became of the records of one chunk. */
export interface ValidationCounts {
	readonly received: number;
	readonly accepted: number;
	/** Rejected records by rule. */
	readonly rejected: Readonly<Record<string, number>>;
	/** How most of the records are written; undefined if that is not known. */
	readonly form?: RecordForm | undefined;
}

/** How a chunk's records are validated, and where they go. */
export interface ValidationOptions {
	readonly dataset: Dataset;
	readonly batch: string;
	/** SQL of the place of a record's file in the batch, and of the file's name; it may use the column `file` of the records. */
	readonly file: { readonly index: string; readonly name: string };
	readonly mapping: DatasetMapping | undefined;
	/** The last event date that is not in the future, YYYY-MM-DD. */
	readonly lastDate: string;
	/** No record's text has more bytes. */
	readonly longestRecord: number;
	/** Numbers with a point were doubles before they were JSON: of large ones the last digits say nothing. */
	readonly numbersWereDoubles?: boolean;
	/** What the records are. */
	readonly format: RecordForm['format'];
	/** Of CSV; a comma by default. */
	readonly delimiter?: Delimiter | undefined;
	/** The path of the Bronze object to write, Parquet. */
	readonly bronze: string;
	/** The table that holds the records, if there is one; it is dropped as soon as they are parsed. */
	readonly table?: string;
	/** The same records as lines, where they are such. */
	readonly delimited?: DelimitedLines | undefined;
}

/**
 * Validates records by their contract: each goes either into a Bronze object or into the quarantine table. `records` is
 * SQL of `line`, `json`, `raw`, `fault`, and perhaps more columns; where a record can't be parsed `fault` says why, and
 * `json` is null.
 */
export async function validateRecords(
	duckdb: DuckDb,
	records: string,
	options: ValidationOptions,
): Promise<ValidationCounts> {
	const { file, format, delimited, lastDate, mapping } = options;
	const dataset = inTimeZone(options.dataset, duckdb.timeZone);
	if (!options.table) await receive(duckdb, records, file.index);
	const received = options.table ? withFile(records, file.index) : receivedRows;
	const form = mapping ? undefined : await findForm(duckdb, dataset, received, format, options.delimiter);
	const source = delimited ? delimitedTexts(delimited, file.index) : jsonTexts(received);
	const parsed = form && (await parseRecords(duckdb, source(form), { dataset, form, lastDate }));
	// What follows needs the memory.
	if (parsed) await duckdb.execute(`drop table ${identifier(options.table ?? 'received')}`);
	const others = await validateOthers(duckdb, parsed?.otherRecords ?? received, { ...options, dataset }, parsed?.other);
	const accepted = (parsed?.sound ?? 0) + others.accepted;
	const rows = [...(parsed?.sound ? [parsed.soundRows] : []), ...(others.accepted > 0 ? [acceptedRows(dataset)] : [])];
	if (accepted > 0) {
		await duckdb.execute(`copy (${rows.join(' union all ')}) to ${literal(options.bronze)} (${parquetOptions})`);
	}
	const tables = [options.table ?? 'received', 'parsed', 'validated'];
	await duckdb.execute(tables.map((table) => `drop table if exists ${identifier(table)}`).join('; '));
	return { received: (parsed?.sound ?? 0) + others.received, accepted, rejected: others.rejected, form };
}

/** SQL of records with the place of their file in the batch, which is SQL too. */
const withFile = (records: string, file: string): string =>
	`select ${file} as file, line, json, raw, fault from (${records}) as records`;

/** Copies the records of a chunk, which are read several times, into the table `received`. */
const receive = (duckdb: DuckDb, records: string, file: string): Promise<void> =>
	duckdb.execute(
		`create or replace temp table received as select * exclude (json), nullif(json, raw) as changed from (${withFile(records, file)})`,
	);

/** SQL of the records in the table `received`. */
const receivedRows =
	'select file, line, case when fault is null then coalesce(changed, raw) end as json, raw, fault from received';

/** Validates records of any form: leaves the table `validated`, and adds the rejected ones to the quarantine table. */
async function validateOthers(
	duckdb: DuckDb,
	records: string,
	options: ValidationOptions,
	count?: number,
): Promise<ValidationCounts> {
	if (count === 0) return { received: 0, accepted: 0, rejected: {} };
	const deep = await listTooDeep(duckdb, records, options);
	await duckdb.execute(
		`create or replace temp table validated as ${validationSql(records, { ...options, deep, timeZone: duckdb.timeZone })}`,
	);
	await rejectLooseJson(duckdb);
	await rejectRepeatedNames(duckdb);
	const counts = await duckdb.rows('select rule, count(*) as n from validated group by rule');
	const countOf = (rule: string | null) => Number(counts.find((row) => row.rule === rule)?.n ?? 0);
	const rejected = Object.fromEntries(rules.filter((rule) => countOf(rule) > 0).map((rule) => [rule, countOf(rule)]));
	await duckdb.execute(
		`insert into ${quarantineTable}
		 select ${literal(options.dataset.name)}, ${literal(options.batch)}, ${options.file.name}, line, rule, message, raw
		 from validated where rule is not null`,
	);
	const accepted = countOf(null);
	return { received: accepted + sumCounts(rejected), accepted, rejected };
}

/** SQL of the accepted records of `validated` as Bronze has them. */
function acceptedRows({ fields }: Dataset): string {
	const values = Object.keys(fields).map((name) => `${valueColumn(name)} as ${identifier(name)}`);
	const own = JSON.stringify(Object.fromEntries(Object.keys(fields).map((name) => [name, null])));
	const extra = `nullif(cast(json_merge_patch(coalesce(record, raw), ${literal(own)}) as varchar), '{}')`;
	return `select file as _file, line as _line, ${values.join(', ')}, ${extra} as _extra, raw as _raw from validated where rule is null`;
}

/** Most text validated at once, in bytes; it becomes one object of Bronze. */
const largestChunk = 64 * 1024 ** 2;
/** The same as a share of DuckDB's memory: the table of records holds the text twice. */
const chunkShare = 1 / 8;

/** How much text to validate at once, in bytes; chunks that are validated side by side share the memory of one. */
export const chunkBytes = ({ memoryBytes }: DuckDb, sideBySide = 1): number =>
	Math.min(largestChunk, (memoryBytes * chunkShare) / sideBySide);

/** Chunks that are validated side by side are not made smaller than this: each costs its statements. */
const smallestOfSeveral = 24 * 1024 ** 2;
/** Each statement occupies one of Node's four threads for files; reading needs the last one. */
const mostConnections = 3;

/** How many chunks to validate side by side, and the text of each, in bytes. */
export function planChunks(duckdb: DuckDb): { readonly connections: number; readonly chunkBytes: number } {
	const most = Math.floor((duckdb.memoryBytes * chunkShare) / smallestOfSeveral);
	const connections = Math.max(1, Math.min(duckdb.threads, mostConnections, most));
	return { connections, chunkBytes: chunkBytes(duckdb, connections) };
}

/** What DuckDB reads of a text at a time, in bytes, where no line is longer than half of that. */
const usualBuffer = 8 * 1024 ** 2;

/** Text with longer lines, in bytes, DuckDB reads with one thread: with several it gives up on some such texts. */
const longestInParallel = 1024 ** 2;

/** SQL of a text's lines, split at `numberSeparator` into columns of these types; no line has more bytes than `longestLine`. */
export function separatedTextSql(path: string, columns: Readonly<Record<string, string>>, longestLine: number): string {
	const types = Object.entries(columns).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
	return `read_csv(${literal(path)}, columns = {${types.join(', ')}}, delim = ${literal(numberSeparator)},
		quote = '', escape = '', header = false, auto_detect = false, null_padding = false, strict_mode = false,
		max_line_size = ${longestLine + 1}, buffer_size = ${Math.max(usualBuffer, 2 * (longestLine + 1))}${longestLine > longestInParallel ? ', parallel = false' : ''})`;
}

/** SQL: a line is not blank. `trim` alone would cost as much as reading the lines. */
export const isNotBlank = `(ord(raw) > 32 or trim(raw, e' \\t') <> '')`;

/** The table of a staged text's lines. */
const lineTable = 'chunk_lines';

/** Records in a table. */
export interface StoredRecords {
	/** SQL of the records, as `validateRecords` takes them. */
	readonly records: string;
	readonly table: string;
	/** The same records as lines, where they are such. */
	readonly delimited?: DelimitedLines;
}

/** Loads the lines of a staged text into a table; `raw` is a record's own text. */
export async function loadRecords(
	duckdb: DuckDb,
	chunk: Extract<StagedChunk, { firstLine: number }>,
): Promise<StoredRecords> {
	const { path, kind, longestLine } = chunk;
	const columns: Record<string, string> =
		kind === 'numbered'
			? { line: 'bigint', json: 'varchar', original: 'varchar', fault: 'varchar' }
			: { raw: 'varchar' };
	await duckdb.executeInOrder(
		`create or replace temp table ${lineTable} as from ${separatedTextSql(path, columns, longestLine)}`,
	);
	if (chunk.kind !== 'delimited') return { records: recordsSql(chunk), table: lineTable };
	// A line of one space stands for a record that the program has parsed; to trim it would cost as much as to read a record.
	const lines = `select rowid + ${chunk.firstLine} as line, raw from ${lineTable} where raw <> ' ' and ${trimmed('raw')} is not null`;
	const delimited = { lines, header: chunk.header, delimiter: chunk.delimiter };
	return { records: delimitedRecordsSql(delimited), table: lineTable, delimited };
}

function recordsSql({ kind, firstLine }: Extract<StagedChunk, { kind: 'lines' | 'numbered' }>): string {
	if (kind === 'numbered') {
		return `select line, json, json_extract_string(original, '$') as raw, fault from ${lineTable}`;
	}
	const line = `rowid + ${firstLine} as line`;
	return `select ${line}, raw as json, raw, cast(null as varchar) as fault from ${lineTable} where ${isNotBlank}`;
}

/** The places of records that DuckDB's functions could break down on (see `mostLevels`), as SQL of file and line. */
async function listTooDeep(duckdb: DuckDb, records: string, { longestRecord }: ValidationOptions): Promise<string[]> {
	if (longestRecord <= shortestDeepText) return [];
	const suspects = await duckdb.rows(
		`select file, line, json from (${records}) as records
		 where strlen(json) > ${shortestDeepText} and strlen(json) - strlen(translate(json, '[{', '')) > ${mostLevels}`,
	);
	return suspects.filter(({ json }) => isNestedTooDeep(String(json))).map(({ file, line }) => `(${file}, ${line})`);
}

/** SQL of a record of `validated` as JSON, with the names of its source. */
const json = 'coalesce(json, raw)';

/** Rejects records with a trailing comma or NaN: DuckDB's parser takes them for JSON, other readers of Bronze do not. */
async function rejectLooseJson(duckdb: DuckDb): Promise<void> {
	const suspects = await duckdb.rows(
		`select rowid as place, ${json} as json from validated
		 where is_odd and shape is not null and regexp_matches(${json}, '${perhapsNotStrict}')`,
	);
	const bad = suspects.filter(({ json }) => !isJson(String(json))).map(({ place }) => String(place));
	await rejectUnparsable(duckdb, 'the line is not strict JSON: a trailing comma, or NaN or Infinity', 'rowid', bad);
}

/** Rejects the records in which a column of `validated` has one of these values: whole numbers, as text. */
async function rejectUnparsable(
	duckdb: DuckDb,
	message: string,
	column: string,
	values: readonly string[],
): Promise<void> {
	if (values.length === 0) return;
	await duckdb.execute(
		`update validated set rule = 'unparsable', message = ${literal(message)}
		 where ${column} in (${values.map((value) => `cast(${value} as ubigint)`).join(', ')})`,
	);
}

/** Rejects records in which two fields have one name: nobody can say which value is meant. */
async function rejectRepeatedNames(duckdb: DuckDb): Promise<void> {
	// Records of one shape have the same names: only one of each has to be checked.
	const shapes = await duckdb.rows(
		`select cast(shape as varchar) as shape
		 from (select shape, json_keys(any_value(${json})) as names from validated where shape is not null group by shape)
		 where list_unique(names) < len(names)`,
	);
	const repeated = shapes.map(({ shape }) => String(shape));
	await rejectUnparsable(duckdb, 'the record has two fields of one name', 'shape', repeated);
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
