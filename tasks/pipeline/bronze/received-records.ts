import { type Contracts, type Dataset, type Field, getDataset, type SqlType } from '../../contracts';
import type { DuckDbEngine, Relation } from '../../engine';
import { type BatchManifest, fetchCopies, type RecordForm } from '../../lake';
import { bronzeRowsSql, bronzeSuffix, longestLine } from '../../lake/bronze-files';
import { identifier, literals } from '../../platform/duckdb/quote';
import { recordTextSql } from './record-text';
import { separatedTextSql } from './validate-records';

/**
 * The records of some Bronze objects of a batch as they were received: `file` (the place of their source), `line`, `text`, `fault` (null).
 * Of objects of format 1, which keep no text, it is the record as NDJSON.
 */
export async function receivedRecords(
	engine: DuckDbEngine,
	contracts: Contracts,
	manifest: BatchManifest,
	files: BatchManifest['files'] = manifest.files,
): Promise<Relation> {
	const dataset = getDataset(contracts, manifest.dataset);
	const paths = await fetchCopies(engine, files);
	const byForm = new Map<string, string[]>();
	const texts = paths.filter((path) => !path.endsWith(bronzeSuffix));
	for (const [place, path] of paths.entries()) {
		if (texts.includes(path)) continue;
		const form = JSON.stringify(files[place]?.form ?? null);
		byForm.set(form, [...(byForm.get(form) ?? []), path]);
	}
	const typed: string[] = [];
	for (const [text, own] of byForm) {
		const form: RecordForm | null = JSON.parse(text);
		typed.push(typedRecordsSql(await withFieldsOfForm(engine, dataset, form, own), form, own));
	}
	return engine.view(
		[...typed, ...texts.map(lineRecordsSql)].join(' union all ') || typedRecordsSql(dataset, null, []),
	);
}

/** The types of Parquet as a contract spells them: a date is an instant in Bronze. */
const storedTypes: Readonly<Record<string, SqlType>> = {
	VARCHAR: 'string',
	INTEGER: 'int',
	BIGINT: 'bigint',
	DOUBLE: 'double',
	TIMESTAMP: 'timestamp',
};

/** A dataset with the fields that the objects of a form have, and their contract of today has no more. */
async function withFieldsOfForm(
	{ duckdb }: DuckDbEngine,
	dataset: Dataset,
	form: RecordForm | null,
	paths: readonly string[],
): Promise<Dataset> {
	const removed = (form?.fields ?? []).map(({ name }) => name).filter((name) => dataset.fields[name] === undefined);
	if (removed.length === 0) return dataset;
	const columns = await duckdb.rows(
		`describe select * from read_parquet([${literals(paths)}], union_by_name = true, hive_partitioning = false)`,
	);
	const stored = columns.filter(({ column_name }) => removed.includes(String(column_name)));
	const fields = stored.map(({ column_name, column_type }): [string, Field] => {
		const type = storedTypes[String(column_type)] ?? (String(column_type).toLowerCase() as SqlType);
		return [String(column_name), { type, required: false, description: '' }];
	});
	return { ...dataset, fields: { ...dataset.fields, ...Object.fromEntries(fields) } };
}

/** The rejected records of a batch, in the same columns; `fault` says why one can't be parsed. */
export async function rejectedRecords(engine: DuckDbEngine, { sources, quarantine }: BatchManifest): Promise<Relation> {
	const paths = await fetchCopies(engine, quarantine);
	const names = await engine.texts(
		{ place: 'int', name: 'varchar' },
		sources.map(({ name }, place) => [String(place), name]),
	);
	const columns = `columns = {file: 'varchar', line: 'bigint', rule: 'varchar', message: 'varchar', raw: 'varchar'}`;
	const rejected =
		paths.length === 0
			? `select null as file, null as line, null as rule, null as message, null as raw where false`
			: `select * from read_json([${literals(paths)}], format = 'newline_delimited', maximum_object_size = ${longestLine}, ${columns})`;
	return engine.view(
		`select names.place as file, cast(line as bigint) as line, cast(raw as varchar) as text, case when rule = 'unparsable' then cast(message as varchar) end as fault
		 from (${rejected}) as rejected left join (select name, min(place) as place from ${names.name} group by name) as names on rejected.file = names.name`,
	);
}

/** SQL of the records of Parquet objects: their texts as kept, or as their typed fields give them in a form. */
function typedRecordsSql(dataset: Dataset, form: RecordForm | null, paths: readonly string[]): string {
	const text = form ? `coalesce(_raw, ${recordTextSql(dataset, form, identifier)})` : '_raw';
	return `select _file as file, _line as line, ${text} as text, cast(null as varchar) as fault from (${bronzeRowsSql(dataset, paths)})`;
}

/** SQL of the records of an NDJSON object: Bronze has put their place before their fields. */
const lineRecordsSql = (path: string): string =>
	`select cast(json_extract_string(line, '$._file') as int) as file, cast(json_extract_string(line, '$._line') as bigint) as line,
		regexp_replace(line, '^\\{"_file":[0-9]+,"_line":[0-9]+,?', '{') as text, cast(null as varchar) as fault
	 from ${separatedTextSql(path, { line: 'varchar' }, longestLine)}`;
