import type { Dataset, DatasetName } from '../contracts';
import { recordValue } from '../contracts/record-value';
import type { DuckDb } from '../platform/duckdb/duckdb';
import { identifier, literal } from '../platform/duckdb/quote';
import { DataRefusedError, ShoplakeError } from '../platform/errors';
import { bindParameters } from '../query/bind-parameters';
import { codeTokens } from '../query/sql-tokens';
import { checkStatement } from './check-statement';
import { typedParameters } from './parameters';
import type { SourceStatement, SqlSource } from './sql-source';
import { statementError, usualError } from './statement-error';

/** The longest time that a statement may take. */
const longestMs = 10 * 60_000;
/** An interrupt is lost between two statements. */
const interruptAgainMs = 100;

/** The schema of what statements give: they can't name it. */
export const resultSchema = 'results';
/** The table of a dataset's records: `file`, `line`, `json`. */
export const recordsTable = (dataset: DatasetName): string => `${resultSchema}.${identifier(dataset)}`;
/** The table of lines that can't be parsed: `file`, `line`, `fault`, `raw`. */
export const unparsableTable = `${resultSchema}.unparsable`;
/** The table of rows that no record comes from: `file`, `line`, `record`, `fault`. */
export const unusedTable = `${resultSchema}.unused`;

/**
 * The database in which the statements of a source run: it holds the relations of the source and nothing else, and after
 * `lock` it reads no file and changes no setting. It is a file, which another DuckDB may read once it is closed.
 */
export class Sandbox {
	/** The relations and views that a statement may read. */
	private readonly names: string[];

	private constructor(
		/** For loading the relations; users' statements run in `compute` only. */
		readonly duckdb: DuckDb,
		private readonly source: SqlSource,
		private readonly values: Readonly<Record<string, string>>,
		private readonly limitMs: number,
	) {
		this.names = Object.keys(source.settings.files);
	}

	/** Creates the database as a file at `path`. `values` are those of the source's parameters. */
	static async create(
		duckdb: DuckDb,
		path: string,
		source: SqlSource,
		{ values, limitMs = longestMs }: { readonly values: Readonly<Record<string, string>>; readonly limitMs?: number },
	): Promise<Sandbox> {
		await duckdb.execute(
			`attach ${literal(path)} as sandbox; use sandbox; create schema ${resultSchema};
			 create table ${unparsableTable} (file int, line bigint, fault varchar, raw varchar)`,
		);
		return new Sandbox(duckdb, source, values, limitMs);
	}

	/**
	 * Computes all views, then the records of all datasets, then which rows are unused. Throws DataRefusedError, with the
	 * place, for a statement that is refused or fails.
	 */
	async compute(): Promise<void> {
		await this.duckdb.execute('set errors_as_json = true');
		await this.duckdb.lock([]);
		try {
			await this.computeAll();
		} catch (error) {
			throw usualError(error as Error);
		}
	}

	private async computeAll(): Promise<void> {
		for (const view of this.source.views) {
			// As a table: every statement that reads it has to see the same rows.
			await this.createTable(identifier(view.name), view);
			this.names.push(view.name);
		}
		for (const dataset of this.source.datasets) await this.computeRecords(dataset);
		await this.findUnused();
	}

	/** Closes the database; its file is complete then. */
	async close(): Promise<void> {
		await this.duckdb.close();
	}

	private async createTable(name: string, statement: SourceStatement): Promise<void> {
		const { file, sql } = statement;
		const { text, values, restoreNames } = bindParameters(
			withoutFinalSemicolon(sql),
			typedParameters(sql, this.values),
		);
		const named = { file, sql: text };
		const create = `create table ${name} as\n`;
		const explain = (before: number) => (error: Error) => {
			if (error instanceof ShoplakeError) throw error;
			throw statementError(named, new Error(restoreNames(error.message)), before);
		};
		await checkStatement(this.duckdb, { file, sql: text }, this.names).catch(explain(0));
		const running = this.duckdb.execute(`${create}${text}`, values);
		await this.bounded(file, running).catch(explain(create.length));
	}

	/** Waits for a statement; interrupts it when its time is over. */
	private async bounded(file: string, running: Promise<void>): Promise<void> {
		let isOver = false;
		let timer = setTimeout(() => {
			isOver = true;
			this.duckdb.interrupt();
			timer = setInterval(() => this.duckdb.interrupt(), interruptAgainMs);
		}, this.limitMs);
		try {
			await running;
		} catch (error) {
			if (!isOver) throw error;
			throw new DataRefusedError(
				`${file} takes longer than ${this.limitMs / 1000} seconds. Look for a join without its condition, or load fewer files in a batch.`,
			);
		} finally {
			clearTimeout(timer);
		}
	}

	/** Runs a statement and turns its rows into records. */
	private async computeRecords({
		name: dataset,
		contract,
		...statement
	}: SqlSource['datasets'][number]): Promise<void> {
		const { file } = statement;
		const rows = `${resultSchema}.${identifier(`${dataset} rows`)}`;
		await this.createTable(rows, { name: dataset, ...statement });
		const described = await this.duckdb.rows(`describe ${rows}`);
		const columns = described.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
		checkColumns(
			contract,
			file,
			columns.map(({ name }) => name),
		);
		const own = columns.filter(({ name }) => !/^_(file|line)$/i.test(name));
		await this.duckdb.execute(
			`create table ${recordsTable(dataset)} as
			 select try_cast(_file as int) as file, try_cast(_line as bigint) as line, ${recordJson(own)} as json from ${rows};
			 drop table ${rows}`,
		);
		await this.checkPlaces(dataset, file);
		await this.checkKeys(contract, file);
	}

	/** Throws DataRefusedError where a record names a row that is not in the source. */
	private async checkPlaces(dataset: DatasetName, file: string): Promise<void> {
		const [wrong] = await this.duckdb.rows(
			`select file, line from ${recordsTable(dataset)} as records
			 where not exists (select 1 from (${this.listRows(() => true)}) as rows where rows.file = records.file and rows.line = records.line)
			 limit 1`,
		);
		if (!wrong) return;
		throw new DataRefusedError(
			`${file} gives a record with _file ${wrong.file} and _line ${wrong.line}, which is not a row of the source. Give the _file and _line of the row that the record comes from; of several rows, those of the first: min(_line).`,
		);
	}

	/** Throws DataRefusedError where one row gives two records of one key: nobody could say which of them counts. */
	private async checkKeys({ name: dataset, key, alternativeKey, fields }: Dataset, file: string): Promise<void> {
		const part = (name: string) => `json_extract_string(json, ${literal(`$.${name}`)})`;
		const names = key.filter((name) => name in fields);
		const last = names.at(-1) ?? '';
		const instead = alternativeKey?.at(-1);
		const parts = names.map((name) =>
			name === last && instead !== undefined ? `coalesce(${part(name)}, 'no ' || ${part(instead)})` : part(name),
		);
		const [wrong] = await this.duckdb.rows(
			`with repeated as (
				select * from ${recordsTable(dataset)} where (file, line) in (
					select (file, line) from ${recordsTable(dataset)} group by file, line having count(*) > 1
				)
			 )
			 select file, line, ${part(names[0] ?? '')} as id from repeated
			 group by file, line, ${parts.join(', ')} having count(distinct json) > 1 limit 1`,
		);
		if (!wrong) return;
		throw new DataRefusedError(
			`${file} gives two different records of one key (${names[0]} ${wrong.id}) for the row with _file ${wrong.file} and _line ${wrong.line}, so neither is newer. Give each a key of its own${alternativeKey ? `, such as a ${last}` : ''}.`,
		);
	}

	/** Finds the rows that no record comes from; lines that can't be parsed are among them. */
	private async findUnused(): Promise<void> {
		const used = this.source.datasets.map(({ name }) => `select file, line from ${recordsTable(name)}`);
		const rows = Object.entries(this.source.settings.files).filter(([, { role }]) => role === 'records');
		const records: string[] = [];
		for (const [name] of rows) {
			const described = await this.duckdb.rows(`describe ${identifier(name)}`);
			const columns = described.map((row) => ({ name: String(row.column_name), type: 'VARCHAR' }));
			const own = columns.filter((column) => !/^_(file|line)$/.test(column.name));
			records.push(
				`select _file as file, _line as line, ${recordJson(own)} as record, cast(null as varchar) as fault
				 from ${identifier(name)} as rows
				 where not exists (select 1 from used where used.file = rows._file and used.line = rows._line)`,
			);
		}
		await this.duckdb.execute(
			`create table ${unusedTable} as
			 with used as (${used.join(' union ')})
			 ${[...records, `select file, line, cast(to_json(raw) as varchar) as record, fault from ${unparsableTable}`].join(' union all ')}`,
		);
	}

	/** How many rows the source has, without those of lookups, and how many of them are unused. */
	async countRows(): Promise<{ rows: number; unused: number }> {
		const { n: parsed } = await this.duckdb.row(
			`select count(*) as n from (${this.listRows(({ role }) => role === 'records')})`,
		);
		const { n: unparsable } = await this.duckdb.row(`select count(*) as n from ${unparsableTable}`);
		const { n: unused } = await this.duckdb.row(`select count(*) as n from ${unusedTable}`);
		return { rows: Number(parsed) + Number(unparsable), unused: Number(unused) };
	}

	/** SQL of the places of the rows of some relations. */
	private listRows(isWanted: (files: SqlSource['settings']['files'][string]) => boolean): string {
		const wanted = Object.entries(this.source.settings.files).filter(([, files]) => isWanted(files));
		const rows = wanted.map(([name]) => `select _file as file, _line as line from ${identifier(name)}`);
		return [...rows, 'select cast(null as int) as file, cast(null as bigint) as line where false'].join(' union all ');
	}
}

/** A statement without the semicolon that ends it; several statements stay as they are. */
function withoutFinalSemicolon(sql: string): string {
	const code = [...codeTokens(sql)];
	const end = code.find(({ kind }) => kind === 'semicolon');
	return end && code.at(-1) === end ? sql.slice(0, end.start) : sql;
}

/** SQL of the JSON object of a row's columns; those without a value are left out. */
function recordJson(columns: readonly { readonly name: string; readonly type: string }[]): string {
	const members = columns.map(({ name, type }) => {
		const column = identifier(name);
		const value = type === 'JSON' ? column : recordValue(column, type);
		return `case when ${column} is not null then ${literal(`${JSON.stringify(name)}:`)} || cast(to_json(${value}) as varchar) end`;
	});
	return members.length === 0 ? `'{}'` : `'{' || concat_ws(',', ${members.join(', ')}) || '}'`;
}

/** Throws DataRefusedError where a statement does not give what its dataset needs. */
function checkColumns({ name: dataset, fields }: Dataset, file: string, columns: readonly string[]): void {
	const gives = `It gives ${columns.join(', ')}.`;
	const place = ['_file', '_line'].find((name) => !columns.includes(name));
	if (place !== undefined) {
		throw new DataRefusedError(
			`${file} gives no column ${place}: add _file and _line of the row that a record comes from; of several rows, those of the first. ${gives}`,
		);
	}
	const required = Object.entries(fields).flatMap(([name, field]) => (field.required ? [name] : []));
	const missing = required.filter((name) => !columns.includes(name));
	if (missing.length === 0) return;
	throw new DataRefusedError(
		`${file} gives no column ${missing.join(', ')}, which every record of ${dataset} needs. ${gives}`,
	);
}
