import { join } from 'node:path';
import type { DuckDb } from '../platform/duckdb/duckdb';
import { identifier, literal, literals } from '../platform/duckdb/quote';
import { type Column, duckdb } from './dialect';
import type { SpillRelation } from './engine';

interface Place {
	readonly name: string;
	readonly folder: string;
	readonly columns: readonly Column[];
}

/**
 * Rows on the scratch disk, as a relation: several passes over more rows than memory holds, each of the columns it needs.
 * Writing them costs less than filling a table in memory, whose pages are all new.
 */
export class SpillTable implements SpillRelation {
	private readonly paths: string[] = [];

	private constructor(
		private readonly db: DuckDb,
		private readonly place: Place,
	) {}

	static async create(db: DuckDb, place: Place): Promise<SpillTable> {
		const table = new SpillTable(db, place);
		await table.show();
		return table;
	}

	get name(): string {
		return this.place.name;
	}

	/** Adds the rows of a relation, whose columns have the table's names. */
	async add({ name: rows }: { readonly name: string }): Promise<void> {
		const { folder, columns, name } = this.place;
		const path = join(folder, `${name}-${this.paths.length}.parquet`);
		const casts = columns.map(
			({ name, type }) => `cast(${identifier(name)} as ${duckdb.type(type)}) as ${identifier(name)}`,
		);
		// To compress what is read a few times, and from memory mostly, does not pay; nor to look for repeated values.
		await this.db.executeAsJoined(
			`copy (select ${casts.join(', ')} from ${rows}) to ${literal(path)} (format parquet, compression uncompressed, dictionary_size_limit 1)`,
		);
		this.paths.push(path);
		await this.show();
	}

	private async show(): Promise<void> {
		const { name, columns } = this.place;
		const empty = columns.map(({ name, type }) => `cast(null as ${duckdb.type(type)}) as ${identifier(name)}`);
		const rows =
			this.paths.length === 0
				? `select ${empty.join(', ')} where false`
				: `select * from read_parquet([${literals(this.paths)}])`;
		await this.db.execute(`create or replace temp view ${name} as ${rows}`);
	}
}
