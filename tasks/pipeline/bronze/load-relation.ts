import { join } from 'node:path';
import { quoteInexactNumbers } from '../../contracts/number-text';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier, literal } from '../../platform/duckdb/quote';
import { isNestedTooDeep, mostLevels, nestedTooDeep, shortestDeepText } from '../../platform/json-depth';
import { printable } from '../../platform/printable';
import { type SourceFiles, unparsableTable } from '../../sources';
import { explainUnparsableSql } from './explain-unparsable';
import type { SourceFile } from './find-files';
import { pointer } from './mapping';
import { readRecords } from './read-records';
import { checkNotBlank } from './stage-file';
import type { StagedFile } from './staging';
import { unreadableFile } from './unreadable-file';
import type { StoredRecords } from './validate-records';

/** The table of the records of a chunk. */
const chunkTable = 'relation_chunk';
/** Columns that a message lists at most. */
const mostShown = 50;

/** A relation of an SQL source: a table of all columns of its files, as text, with `_file` and `_line`. */
export class Relation {
	/** The columns by their names in lower case: SQL does not tell them apart by case. */
	private readonly columns = new Map<string, string>();

	private constructor(
		private readonly duckdb: DuckDb,
		private readonly name: string,
		private readonly settings: SourceFiles,
	) {}

	/** Creates the table; it has the columns that the settings name, whether the files have them or not. */
	static async create(duckdb: DuckDb, name: string, settings: SourceFiles): Promise<Relation> {
		const relation = new Relation(duckdb, name, settings);
		await duckdb.execute(`create table ${identifier(name)} (_file int, _line bigint)`);
		await relation.addColumns([...settings.columns, ...settings.optional_columns]);
		return relation;
	}

	/**
	 * Loads a file; `place` is its place in the batch. Lines that can't be parsed go to the table of these. Throws
	 * DataRefusedError where the file can't be read, or lacks a column.
	 */
	async load(file: SourceFile, place: number, folder: string): Promise<StagedFile> {
		const found = new Set<string>();
		const note = (columns: readonly string[]) => {
			for (const column of columns) found.add(column);
		};
		const onColumns = (columns: readonly string[]) => {
			note(columns);
			this.checkColumns(file, columns);
		};
		let records = 0;
		const staged = await readRecords(
			this.duckdb,
			{ ...file, onColumns },
			join(folder, `source-${place}`),
			async (piece) => {
				records += await this.insert(file, place, piece, note);
			},
		);
		checkNotBlank(file, records);
		this.checkColumns(file, [...found]);
		await this.addColumns([...found]);
		return staged;
	}

	/** Inserts records, and drops their table; returns how many there are. */
	private async insert(
		file: SourceFile,
		place: number,
		{ records, table }: StoredRecords,
		note: (columns: readonly string[]) => void,
	): Promise<number> {
		const { duckdb } = this;
		// A record that CSV's values were put into is an object of texts.
		const checked = file.format === 'csv' ? records : await checkedRecordsSql(duckdb, records);
		await duckdb.execute(`create or replace temp table ${chunkTable} as ${checked}; drop table ${table}`);
		const names = await duckdb.rows(
			`select distinct unnest(json_keys(json)) as name from ${chunkTable} where fault is null order by name`,
		);
		const columns = names.map(({ name }) => String(name));
		note(columns);
		const targets = await this.addColumns(columns);
		// A struct does not tell names apart by case either.
		const firsts = columns.filter((name) => targets.get(name)?.toLowerCase() === name.toLowerCase());
		const shape = JSON.stringify(Object.fromEntries(firsts.map((name) => [name, 'VARCHAR'])));
		const isJson = file.format === 'ndjson';
		const json = isJson ? quoteInexactNumbers('json') : 'json';
		const values = columns.map((name) => {
			const text = firsts.includes(name) ? `fields.${identifier(name)}` : `json_extract_string(json, ${pointer(name)})`;
			const isText = file.format !== 'parquet' && !isJson;
			return `${isText ? `nullif(${text}, '')` : text} as ${identifier(targets.get(name) ?? name)}`;
		});
		const fields = columns.length === 0 ? 'null' : `json_transform(json, ${literal(shape)})`;
		await duckdb.execute(
			`insert into ${identifier(this.name)} by name
			 select ${place} as _file, line as _line${values.map((value) => `, ${value}`).join('')}
			 from (select line, json, ${fields} as fields from (select line, ${json} as json from ${chunkTable} where fault is null));
			 insert into ${unparsableTable} select ${place}, line, fault, raw from ${chunkTable} where fault is not null`,
		);
		const { n } = await duckdb.row(`select count(*) as n from ${chunkTable}`);
		await duckdb.execute(`drop table ${chunkTable}`);
		return Number(n);
	}

	/** Adds the columns that the table does not have yet; returns the table's column of each. */
	private async addColumns(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
		const targets = new Map<string, string>();
		const taken = new Set(['_file', '_line']);
		for (const name of names) {
			let target = name;
			for (let number = 2; taken.has(target.toLowerCase()); number++) target = `${name}_${number}`;
			taken.add(target.toLowerCase());
			const known = this.columns.get(target.toLowerCase());
			if (known === undefined) {
				await this.duckdb.execute(`alter table ${identifier(this.name)} add column ${identifier(target)} varchar`);
				this.columns.set(target.toLowerCase(), target);
			}
			targets.set(name, known ?? target);
		}
		return targets;
	}

	/** Throws DataRefusedError where a file lacks a column. */
	private checkColumns(file: SourceFile, columns: readonly string[]): void {
		const found = new Set(columns.map((name) => name.toLowerCase()));
		const missing = this.settings.columns.filter((name) => !found.has(name.toLowerCase()));
		if (missing.length === 0) return;
		const rest = columns.length > mostShown ? ` and ${columns.length - mostShown} more` : '';
		throw unreadableFile(
			file,
			printable(
				`has no column ${missing.join(', ')}, which ${this.name} needs. It has ${columns.slice(0, mostShown).join(', ')}${rest}. Send an export that has it, or take the columns out of source.json and the statements`,
			),
		);
	}
}

/** SQL of records whose JSON is certainly an object, or that have a fault. */
async function checkedRecordsSql(duckdb: DuckDb, records: string): Promise<string> {
	const suspects = await duckdb.rows(
		`select line, json from (${records})
		 where strlen(json) > ${shortestDeepText} and strlen(json) - strlen(translate(json, '[{', '')) > ${mostLevels}`,
	);
	const deep = suspects.filter(({ json }) => isNestedTooDeep(String(json))).map(({ line }) => String(line));
	const isDeep = deep.length === 0 ? 'false' : `line in (${deep.join(', ')})`;
	// DuckDB may test both parts of an `and`, and fails on the type of an invalid text.
	const isObject = `case when json_valid(json) then json_type(json) = 'OBJECT' else false end`;
	return `select line, json, raw,
			case when fault is not null then fault
				when ${isDeep} then ${literal(nestedTooDeep)}
				when not (${isObject}) then ${explainUnparsableSql('raw')} end as fault
		from (${records})`;
}
