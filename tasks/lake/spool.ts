import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SqlType } from '../contracts';
import { identifier, literal, literals } from '../platform/duckdb/quote';
import { duckdbType, type Workbench } from './partitions';

/** A column of a spool; beside the contracts' types, a hash is unsigned. */
export interface SpoolColumn {
	readonly name: string;
	readonly type: SqlType | 'ubigint';
}

/**
 * Rows on the scratch disk that a view of the spool's name reads: several passes over more rows than memory holds, each
 * of the columns it needs. Writing them costs less than filling a table in memory, whose pages are all new.
 */
export class Spool {
	private readonly paths: string[] = [];

	private constructor(
		private readonly bench: Pick<Workbench, 'duckdb' | 'scratch'>,
		private readonly name: string,
		private readonly columns: readonly SpoolColumn[],
	) {}

	/** Makes an empty spool, in place of whatever view had the name. */
	static async create(
		bench: Pick<Workbench, 'duckdb' | 'scratch'>,
		name: string,
		columns: readonly SpoolColumn[],
	): Promise<Spool> {
		const spool = new Spool(bench, name, columns);
		await mkdir(spool.folder, { recursive: true });
		await spool.show();
		return spool;
	}

	/** Adds the rows of a query, whose columns have the spool's names. */
	async add(query: string): Promise<void> {
		const path = join(this.folder, `${this.name}-${this.paths.length}.parquet`);
		const casts = this.columns.map(
			({ name, type }) => `cast(${identifier(name)} as ${duckdbType(type)}) as ${identifier(name)}`,
		);
		// To compress what is read a few times, and from memory mostly, does not pay; nor to look for repeated values.
		await this.bench.duckdb.executeAsJoined(
			`copy (select ${casts.join(', ')} from (${query})) to ${literal(path)} (format parquet, compression uncompressed, dictionary_size_limit 1)`,
		);
		this.paths.push(path);
		await this.show();
	}

	private get folder(): string {
		return join(this.bench.scratch, 'spool');
	}

	private async show(): Promise<void> {
		const columns = this.columns.map(({ name, type }) => `cast(null as ${duckdbType(type)}) as ${identifier(name)}`);
		const rows =
			this.paths.length === 0
				? `select ${columns.join(', ')} where false`
				: `select * from read_parquet([${literals(this.paths)}])`;
		await this.bench.duckdb.execute(`create or replace temp view ${identifier(this.name)} as ${rows}`);
	}
}
