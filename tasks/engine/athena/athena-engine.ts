import { bronzeColumns, type Dataset, type SqlType } from '../../contracts';
import { type FileRef, type PartitionEntry, type TableManifest, unplaced } from '../../lake';
import { bronzeSuffix } from '../../lake/bronze-files';
import { prefixes } from '../../lake/layout';
import type { FileTable } from '../../lake/partitions';
import type { WriteOptions } from '../../lake/write-partitions';
import type { Row } from '../../platform/duckdb/duckdb';
import { identifier, literal } from '../../platform/duckdb/quote';
import { ConfigurationError } from '../../platform/errors';
import { bindStatement } from '../bind-statement';
import { athena, type Column } from '../dialect';
import type { Engine, FetchedBatches, RankedBatch, Relation, SpillRelation, StatementOptions } from '../engine';
import { newRelationName, relationNames } from '../relation-name';
import { withTables } from '../statement';
import { readRows } from './result-rows';
import type { ScratchTables } from './scratch-tables';
import { writePartitions } from './write-partitions';

/** Where rows lie that a run keeps for itself. */
const keptFolder = `${prefixes.scratch}kept/`;
/** Bytes of texts that a query holds; more of them get a table of their own. */
const maxInlineBytes = 32 * 1024;
/** Bytes of texts in one statement that makes such a table. */
const maxTextBytes = 128 * 1024;

/** The query of a relation; a promise while the statement runs that makes its table. */
type Definition = string | Promise<string>;

/**
 * Computes on Athena. A relation is a query; `keep` begins a statement that makes its rows a table, and those that read it
 * wait for that one only.
 */
export class AthenaEngine implements Engine {
	readonly dialect = athena;
	readonly maxRows = Number.POSITIVE_INFINITY;

	constructor(
		private readonly tables: ScratchTables,
		/** The zone of the shop's days. */
		private readonly timeZone: string,
		private readonly definitions: Map<string, Definition> = new Map(),
		/** Whether the files that `write` makes are part of the lake. */
		private readonly isDryRun = false,
	) {}

	async attach(table: FileTable, manifest: TableManifest, partitions?: readonly string[]): Promise<Relation> {
		const wanted = partitions ?? Object.keys(manifest.partitions);
		const files = wanted.flatMap((partition) =>
			(manifest.partitions[partition]?.files ?? []).map((file) => ({ ...file, partition })),
		);
		return this.attachFiles({ ...table, partition: table.partition && { ...table.partition, type: 'date' } }, files);
	}

	fetchBatches(dataset: Dataset, batches: readonly RankedBatch[]): FetchedBatches {
		return { dataset, batches };
	}

	async attachBatches({ dataset, batches }: FetchedBatches): Promise<Relation | undefined> {
		const files = batches.flatMap(({ rank, manifest }) =>
			manifest.files.map((file) => ({ ...file, partition: String(rank), batch: manifest.batch })),
		);
		const text = files.find(({ key }) => !key.endsWith(bronzeSuffix));
		if (text) {
			throw new ConfigurationError(
				`Batch ${text.batch} of ${dataset.name} lies in Bronze as JSON, which Athena is not given: run 'shoplake rebuild --retype' once, or use --engine duckdb.`,
			);
		}
		if (files.length === 0) return undefined;
		const table = {
			name: `bronze_${dataset.name}`,
			columns: bronzeColumns(dataset),
			partition: { column: 'rank', type: 'int' as const },
		};
		return this.attachFiles(table, files);
	}

	async write(table: FileTable, rows: Relation, options: WriteOptions): Promise<Map<string, PartitionEntry>> {
		const bind = await this.bind(`select * from ${rows.name}`);
		return writePartitions(this.tables, table, bind, {
			...options,
			...(this.isDryRun ? { within: keptFolder } : {}),
		});
	}

	localTime(instant: string): string {
		return this.dialect.localTime(this.timeZone, instant);
	}

	async define(statement: string, options: StatementOptions): Promise<Relation> {
		return this.view(bindStatement(this.dialect, statement, options));
	}

	async keep(statement: string, options: StatementOptions): Promise<Relation> {
		return this.table(bindStatement(this.dialect, statement, options));
	}

	async rows(statement: string, options: StatementOptions): Promise<Row[]> {
		return this.select(bindStatement(this.dialect, statement, options));
	}

	async view(sql: string): Promise<Relation> {
		return this.name(sql);
	}

	async select(sql: string): Promise<Row[]> {
		const bound = await this.bind(sql);
		const result = await this.tables.statements.run(() => bound);
		return readRows(await result.results());
	}

	async texts(columns: Readonly<Record<string, string>>, rows: readonly (readonly string[])[]): Promise<Relation> {
		const pieces: string[] = [];
		for (const chunk of chunkRows(rows, maxTextBytes)) pieces.push(valuesSql(columns, chunk));
		const [only = emptySql(columns)] = pieces;
		if (pieces.length < 2 && Buffer.byteLength(only) <= maxInlineBytes) return this.view(only);
		const tables = await Promise.all(pieces.map((sql) => this.table(sql)));
		return this.view(tables.map(({ name }) => `select * from ${name}`).join(' union all '));
	}

	async spill(columns: readonly Column[]): Promise<SpillRelation> {
		const types = Object.fromEntries(columns.map(({ name, type }) => [name, this.dialect.type(type)]));
		const { name } = this.name(emptySql(types));
		const pieces: string[] = [];
		const add = async (rows: Relation) => {
			const casts = Object.entries(types).map(([column, type]) => castSql(identifier(column), type, column));
			const piece = await this.table(`select ${casts.join(', ')} from ${rows.name}`);
			pieces.push(`select * from ${piece.name}`);
			this.definitions.set(name, pieces.join(' union all '));
		};
		return { name, add };
	}

	async scoped<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
		const scope = new Map(this.definitions);
		return work(new AthenaEngine(this.tables, this.timeZone, scope, this.isDryRun));
	}

	withoutUploads(): AthenaEngine {
		return new AthenaEngine(this.tables, this.timeZone, this.definitions, true);
	}

	/** The rows of a query, computed once, from now on. */
	private async table(sql: string): Promise<Relation> {
		const bound = this.bind(sql);
		const made = bound.then(async (query) => {
			const table = await this.tables.create(query, { within: keptFolder, compression: 'SNAPPY' });
			return `select * from ${table.sql}`;
		});
		return this.name(made);
	}

	private async attachFiles(
		table: {
			readonly name: string;
			readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
			readonly partition: { readonly column: string; readonly type: 'date' | 'int' } | null;
		},
		files: readonly (FileRef & { readonly partition: string })[],
	): Promise<Relation> {
		const columns = [
			...table.columns,
			...(table.partition ? [{ name: table.partition.column, type: table.partition.type }] : []),
		];
		if (files.length === 0) {
			return this.view(emptySql(Object.fromEntries(columns.map(({ name, type }) => [name, this.dialect.type(type)]))));
		}
		const placed = files.map(({ key, rows, bytes, partition }) => {
			const value = table.partition === null || partition === unplaced ? null : partition;
			return { key, rows, bytes, partition: value };
		});
		const names = columns.map(({ name }) => identifier(name)).join(', ');
		return this.name(this.tables.attach(table, placed).then((name) => `select ${names} from ${name}`));
	}

	private name(definition: Definition): Relation {
		const name = newRelationName();
		this.definitions.set(name, definition);
		// A failure surfaces in what reads the relation; until then it must not count as unhandled.
		if (typeof definition !== 'string') definition.catch(() => undefined);
		return { name };
	}

	/** A query with the definitions of the relations that it reads, as they are now; waits for their tables. */
	private async bind(sql: string): Promise<string> {
		const needed = new Map<string, Definition>();
		const visit = (text: string) => {
			for (const name of relationNames(text)) {
				const definition = this.definitions.get(name);
				if (definition === undefined || needed.has(name)) continue;
				if (typeof definition === 'string') visit(definition);
				needed.set(name, definition);
			}
		};
		visit(sql);
		const tables: string[] = [];
		for (const [name, definition] of needed) tables.push(`${name} as (${await definition})`);
		return withTables(tables, sql);
	}
}

const castSql = (value: string, type: string, name: string): string =>
	`cast(${value} as ${type}) as ${identifier(name)}`;

const emptySql = (columns: Readonly<Record<string, string>>): string =>
	`select ${Object.entries(columns)
		.map(([name, type]) => castSql('null', type, name))
		.join(', ')} where false`;

function valuesSql(columns: Readonly<Record<string, string>>, rows: readonly (readonly string[])[]): string {
	const names = Object.keys(columns);
	const casts = Object.entries(columns).map(([name, type]) =>
		castSql(identifier(name), type === 'timestamp' ? athena.type(type) : type, name),
	);
	const values = rows.map((row) => `(${names.map((_, index) => literal(row[index] ?? '')).join(', ')})`);
	return `select ${casts.join(', ')} from (values ${values.join(', ')}) as given (${names.map(identifier).join(', ')})`;
}

/** Rows in chunks of about so many bytes. */
function* chunkRows(rows: readonly (readonly string[])[], maxBytes: number): Generator<readonly (readonly string[])[]> {
	let chunk: (readonly string[])[] = [];
	let bytes = 0;
	for (const row of rows) {
		chunk.push(row);
		bytes += Buffer.byteLength(row.join()) + 6 * row.length;
		if (bytes < maxBytes) continue;
		yield chunk;
		chunk = [];
		bytes = 0;
	}
	if (chunk.length > 0) yield chunk;
}
