import { type AttachedFile, type AttachedTable, attachSnapshot } from '../../lake/iceberg/attach-snapshot';
import { dropScratchTables, type ScratchCatalog } from '../../lake/iceberg/scratch-catalog';
import { readWrittenTable, type WrittenTable } from '../../lake/iceberg/written-files';
import { identifier, literal } from '../../platform/duckdb/quote';
import { ConfigurationError } from '../../platform/errors';
import type { Statements } from './statements';

export interface CreateOptions {
	/** The folder below which the table's folder lies. */
	readonly within: string;
	readonly compression: 'SNAPPY' | 'ZSTD';
	readonly partitionColumn?: string | undefined;
}

/** The tables that a run makes for itself in the scratch database. */
export class ScratchTables {
	private readonly names: string[] = [];

	constructor(
		private readonly catalog: ScratchCatalog,
		readonly statements: Statements,
		/** Names the run. */
		private readonly attempt: string,
	) {}

	/** Makes files of the lake a table; returns SQL of its name. */
	async attach(table: AttachedTable, files: readonly AttachedFile[]): Promise<string> {
		const name = this.newName();
		await attachSnapshot(this.catalog, table, files, name).catch((error: Error) => {
			if (error.name !== 'EntityNotFoundException') throw error;
			throw new ConfigurationError(
				`Glue has no database ${this.catalog.database}, where a run on Athena keeps its tables: deploy the stack again. (SHOPLAKE_SCRATCH_DATABASE names it.)`,
			);
		});
		return this.quote(name);
	}

	/** Makes the rows of a query a table, in a folder of its own for each try. */
	async create(sql: string, { within, compression, partitionColumn }: CreateOptions): Promise<ScratchTable> {
		let name = '';
		await this.statements.run(() => {
			name = this.newName();
			const properties = [
				`table_type = 'ICEBERG'`,
				'is_external = false',
				`format = 'PARQUET'`,
				`write_compression = '${compression}'`,
				`location = ${literal(`s3://${this.catalog.bucket}/${within}${name}/`)}`,
				...(partitionColumn === undefined ? [] : [`partitioning = array[${literal(partitionColumn)}]`]),
			];
			return `create table ${this.quote(name)} with (${properties.join(', ')}) as ${sql}`;
		});
		return { sql: this.quote(name), readFiles: () => readWrittenTable(this.catalog, name) };
	}

	/** Removes the tables from the database; their files stay. */
	async drop(): Promise<void> {
		await dropScratchTables(this.catalog, this.names.splice(0));
	}

	private newName(): string {
		const name = `t${this.attempt.toLowerCase().replace(/[^a-z0-9]/g, '')}_${this.names.length + 1}`;
		this.names.push(name);
		return name;
	}

	private quote(name: string): string {
		return `${identifier(this.catalog.database)}.${identifier(name)}`;
	}
}

/** A table that a statement has made. */
export interface ScratchTable {
	/** SQL of its name. */
	readonly sql: string;
	readonly readFiles: () => Promise<WrittenTable>;
}
