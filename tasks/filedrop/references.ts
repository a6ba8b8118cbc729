import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { countRows, type DuckDbEngine, type Relation } from '../engine';
import type { Snapshot } from '../lake';
import { findUnknownKeys } from '../pipeline/silver';
import { literal, literals } from '../platform/duckdb/quote';
import type { DropDataset } from './file-names';

/** A line with an unknown order or product. */
export interface UnknownReference {
	readonly file: string;
	readonly line: number;
	readonly column: 'order_id' | 'product_id';
	readonly id: string;
}

/** Lines with an unknown reference: the count per file, and the first ones. */
export interface UnknownReferences {
	readonly lines: Readonly<Record<string, number>>;
	readonly examples: readonly UnknownReference[];
}

const columns = {
	orders: ['order_id'],
	products: ['product_id'],
	order_items: ['order_id', 'product_id'],
} as const;

/**
 * Collects the ids in the files of a batch, on disk because they may exceed memory, then finds the items whose order or
 * product is neither in the batch nor in the lake.
 */
export class References {
	private readonly files: Record<DropDataset, string[]> = { orders: [], order_items: [], products: [] };

	constructor(private readonly engine: DuckDbEngine) {}

	/** Extracts the ids of records in scratch (Parquet as in Bronze), then deletes the records. */
	async add(dataset: DropDataset, file: string, objects: readonly { readonly path: string }[]): Promise<void> {
		for (const { path } of objects) {
			const target = join(this.engine.scratch, `ids-${dataset}-${this.files[dataset].length}.parquet`);
			const place = dataset === 'order_items' ? `, ${literal(file)} as file, _line as line` : '';
			await this.engine.duckdb.execute(
				`copy (
					select ${columns[dataset].join(', ')}${place} from read_parquet(${literal(path)})
				 ) to ${literal(target)} (format parquet, compression zstd)`,
			);
			this.files[dataset].push(target);
			await rm(path);
		}
	}

	/** Lines with an unknown order or product; at most `examples` of each file. */
	async findUnknownLines(snapshot: Snapshot, examples: number): Promise<UnknownReferences> {
		if (this.files.order_items.length === 0) return { lines: {}, examples: [] };
		const orders = await this.findUnknown(snapshot, 'orders', 'order_id');
		const products = await this.findUnknown(snapshot, 'products', 'product_id');
		const { duckdb } = this.engine;
		await duckdb.execute(
			`create or replace temp table unknown_lines as
			 select file, line, 'order_id' as column_name, order_id as id
			 from ${this.rowsSql('order_items')} where order_id in (select order_id from ${orders.name})
			 union all
			 select file, line, 'product_id', product_id
			 from ${this.rowsSql('order_items')} where product_id in (select product_id from ${products.name})`,
		);
		const counts = await duckdb.rows('select file, count(distinct line) as n from unknown_lines group by file');
		const rows = await duckdb.rows(
			`select file, line, column_name, id from unknown_lines
			 qualify row_number() over (partition by file order by line, column_name) <= ${examples}
			 order by file, line, column_name`,
		);
		return {
			lines: Object.fromEntries(counts.map(({ file, n }) => [String(file), Number(n)])),
			examples: rows.map(({ file, line, column_name, id }) => ({
				file: String(file),
				line: Number(line),
				column: column_name as UnknownReference['column'],
				id: String(id),
			})),
		};
	}

	/** The ids that neither the batch nor the lake has. */
	private async findUnknown(
		snapshot: Snapshot,
		dataset: 'orders' | 'products',
		key: 'order_id' | 'product_id',
	): Promise<Relation> {
		const known =
			this.files[dataset].length === 0 ? '' : `where ${key} not in (select ${key} from ${this.rowsSql(dataset)})`;
		const ids = await this.engine.table(`select distinct ${key} from ${this.rowsSql('order_items')} ${known}`);
		// Nearly always all are in the batch: then the lake is not asked.
		if ((await countRows(this.engine, ids)) === 0) return ids;
		return findUnknownKeys(this.engine, snapshot, dataset, ids);
	}

	private rowsSql(dataset: DropDataset): string {
		return `read_parquet([${literals(this.files[dataset])}])`;
	}
}
