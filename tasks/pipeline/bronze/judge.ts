import type { DatasetName } from '../../contracts';
import { rules } from '../../contracts/rules';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import { isNestedTooDeep, mostLevels, shortestDeepText } from '../../platform/json-depth';
import { judgedSql, perhapsNotStrict } from './judged-sql';
import type { DatasetMapping } from './mapping';
import { quarantineTable } from './quarantine';
import { numberSeparator, type StagedChunk } from './staging';

/** What the rules made of one chunk. */
export interface Judgement {
	readonly received: number;
	readonly accepted: number;
	/** Rejected records by rule. */
	readonly rejected: Readonly<Record<string, number>>;
	/** No text of an accepted record is empty or has white space around it. */
	readonly tidy: boolean;
}

/** Where a chunk's records come from and go to. */
export interface JudgeOptions {
	readonly dataset: DatasetName;
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
	/** The path of the Bronze object to write (zstd). */
	readonly bronze: string;
}

/**
 * Puts each record either into a Bronze object or into the quarantine table. `records` is SQL of `line`, `json`, `raw`,
 * `fault`, and perhaps more columns; where a record can't be taken apart `fault` says why, and `json` is null.
 */
export async function judge(duckdb: DuckDb, records: string, options: JudgeOptions): Promise<Judgement> {
	const deep = await tooDeep(duckdb, records, options);
	await duckdb.execute(
		`create or replace temp table judged as ${judgedSql(records, { ...options, file: options.file.index, deep })}`,
	);
	const source = options.mapping ? 'source' : 'record';
	await notStrictlyJson(duckdb, source);
	await namesInTheWay(duckdb, source);
	const counts = await duckdb.rows('select rule, count(*) as n, bool_and(tidy) as tidy from judged group by rule');
	const of = (rule: string | null) => Number(counts.find((row) => row.rule === rule)?.n ?? 0);
	const rejected = Object.fromEntries(rules.filter((rule) => of(rule) > 0).map((rule) => [rule, of(rule)]));
	const accepted = of(null);
	if (accepted > 0) {
		await duckdb.execute(
			`copy (
				select '{"_file":' || file || ',"_line":' || line || ',' || substr(text, instr(text, '{') + 1)
				from (
					select *, case when restated is null then record else cast(json_merge_patch(record, restated) as varchar) end as text
					from judged where rule is null
				)
			 )
			 to ${literal(options.bronze)} (format csv, header false, quote '', escape '', delimiter e'\\x01', compression zstd)`,
		);
	}
	await duckdb.execute(
		`insert into ${quarantineTable}
		 select ${literal(options.dataset)}, ${literal(options.batch)}, ${options.file.name}, line, rule, message, raw
		 from judged where rule is not null`,
	);
	const received = accepted + Object.values(rejected).reduce((sum, n) => sum + n, 0);
	return { received, accepted, rejected, tidy: counts.every(({ rule, tidy }) => rule !== null || tidy === true) };
}

/** Text that the rules look at in one go, in bytes: this much at most, as an object of Bronze comes of it. */
const largestChunk = 64 * 1024 ** 2;
/** And no more than this part of DuckDB's memory: the table of them has the text twice. */
const chunkShare = 1 / 8;

/** How much text to `judge` in one go, in bytes. */
export const chunkBytes = ({ memoryBytes }: DuckDb): number => Math.min(largestChunk, memoryBytes * chunkShare);

/** What DuckDB reads of a text at a time, in bytes, where no line is longer than half of that. */
const usualBuffer = 8 * 1024 ** 2;

/** Text with longer lines, in bytes, DuckDB reads with one thread: with several it gives up on some such texts. */
const longestInParallel = 1024 ** 2;

/** SQL of a text's lines, taken apart at `numberSeparator` into columns of these types; none has more bytes than `longestLine`. */
export function separatedText(path: string, columns: Readonly<Record<string, string>>, longestLine: number): string {
	const types = Object.entries(columns).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
	return `read_csv(${literal(path)}, columns = {${types.join(', ')}}, delim = ${literal(numberSeparator)},
		quote = '', escape = '', header = false, auto_detect = false, null_padding = false, strict_mode = false,
		max_line_size = ${longestLine + 1}, buffer_size = ${Math.max(usualBuffer, 2 * (longestLine + 1))}${longestLine > longestInParallel ? ', parallel = false' : ''})`;
}

/** SQL of a staged text's records, as `judge` takes them: `raw` is a record's own text. */
export function textRecords({
	path,
	kind,
	firstLine,
	longestLine,
}: Extract<StagedChunk, { firstLine: number }>): string {
	if (kind === 'numbered') {
		const columns = { line: 'bigint', json: 'varchar', original: 'varchar', fault: 'varchar' };
		const numbered = separatedText(path, columns, longestLine);
		return `select line, json, json_extract_string(original, '$') as raw, fault from ${numbered}`;
	}
	return `select line, raw as json, raw, cast(null as varchar) as fault from (select row_number() over () + ${firstLine - 1} as line, raw from ${separatedText(path, { raw: 'varchar' }, longestLine)}) where trim(raw, e' \\t') <> ''`;
}

/** The places of records that DuckDB's functions could break down on (see `mostLevels`), as SQL of file and line. */
async function tooDeep(duckdb: DuckDb, records: string, { file, longestRecord }: JudgeOptions): Promise<string[]> {
	if (longestRecord <= shortestDeepText) return [];
	const suspects = await duckdb.rows(
		`select ${file.index} as file, line, json from (${records}) as records
		 where strlen(json) > ${shortestDeepText} and strlen(json) - strlen(translate(json, '[{', '')) > ${mostLevels}`,
	);
	return suspects.filter(({ json }) => isNestedTooDeep(String(json))).map(({ file, line }) => `(${file}, ${line})`);
}

/**
 * DuckDB's parser takes a trailing comma and NaN for JSON, which other readers of Bronze do not: these are rejected.
 * `source` is the column of the records as they came: what a mapping makes of them hides such things.
 */
async function notStrictlyJson(duckdb: DuckDb, source: string): Promise<void> {
	const suspects = await duckdb.rows(
		`select rowid as place, ${source} as json from judged
		 where is_odd and record is not null and regexp_matches(${source}, '${perhapsNotStrict}')`,
	);
	const bad = suspects.filter(({ json }) => !isJson(String(json))).map(({ place }) => String(place));
	await findUnparsable(duckdb, 'the line is not strict JSON: a trailing comma, or NaN or Infinity', 'rowid', bad);
}

/** Rejects the records in which a column of `judged` has one of these values: whole numbers, as text. */
async function findUnparsable(
	duckdb: DuckDb,
	message: string,
	column: string,
	values: readonly string[],
): Promise<void> {
	if (values.length === 0) return;
	await duckdb.execute(
		`update judged set rule = 'unparsable', message = ${literal(message)}, raw = coalesce(raw, record)
		 where ${column} in (${values.map((value) => `cast(${value} as ubigint)`).join(', ')})`,
	);
}

/**
 * Names that readers of Bronze would stumble over. Of a name that stands twice nobody can say which value is meant: the
 * record is rejected. A field that is called as Bronze calls a record's position steps aside.
 */
async function namesInTheWay(duckdb: DuckDb, source: string): Promise<void> {
	// Records of one shape have the same names: only one of each has to be looked at closely.
	const shapes = await duckdb.rows(
		`select cast(shape as varchar) as shape, list_unique(names) < len(names) as twice
		 from (select shape, json_keys(any_value(${source})) as names from judged where record is not null group by shape)
		 where list_unique(names) < len(names) or list_has_any(names, ['_file', '_line'])`,
	);
	const shapesThat = (are: 'twice' | 'positioned') =>
		shapes.filter(({ twice }) => twice === (are === 'twice')).map(({ shape }) => String(shape));
	await findUnparsable(duckdb, 'the record has two fields of one name', 'shape', shapesThat('twice'));
	const positioned = shapesThat('positioned');
	if (positioned.length === 0) return;
	const value = (name: string) => `json_extract(record, '$.${name}')`;
	await duckdb.execute(
		`update judged set record = json_merge_patch(record, json_object(
			'_file', null, '_line', null, '_source_file', ${value('_file')}, '_source_line', ${value('_line')}))
		 where rule is null and shape in (${positioned.map((shape) => `cast(${shape} as ubigint)`).join(', ')})`,
	);
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
