import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Snapshot, storeFile, type TableManifest } from '../../lake';
import { attach, type FileTable, type Workbench } from '../../lake/partitions';
import { literal } from '../../platform/duckdb/quote';

/**
 * Where the keys of orders live: a hash of each order id ever seen, and the dates it has had as its home.
 * It can name a date too many (another id of the same hash, a former home), never one too few.
 * Each commit adds a run; runs are merged as they grow, so that there are few (a logarithm of the commits).
 */
const table: FileTable = {
	name: 'keys_orders',
	columns: [
		{ name: 'key_hash', type: 'bigint' },
		{ name: 'home', type: 'date' },
	],
	partition: null,
};

/** 63 bits of MD5: the same in every version of every engine, since it is stored. */
const keyHashSql = (id: string) => `cast(md5_number_lower(${id}) >> 1 as bigint)`;

/** The dates at which orders may live whose ids a query gives as `order_id`. */
export async function possibleHomes(bench: Workbench, snapshot: Snapshot, ids: string): Promise<string[]> {
	const manifest = await snapshot.table(table.name);
	if (Object.keys(manifest.partitions).length === 0) return [];
	await attach(bench, table, manifest, { as: 'order_keys' });
	const rows = await bench.duckdb.rows(
		`select distinct cast(home as varchar) as home from order_keys
		 where key_hash in (select ${keyHashSql('order_id')} from (${ids}))`,
	);
	return rows.map(({ home }) => String(home));
}

/** The index with a further run: the rows (`order_id`, `home`) of a table. Null where there are none. */
export async function addHomes(
	bench: Workbench,
	snapshot: Snapshot,
	homes: string,
	attempt: string,
): Promise<TableManifest | null> {
	const { duckdb, store, scratch } = bench;
	const manifest = await snapshot.table(table.name);
	const [added] = await duckdb.rows(`select count(*) as n from ${homes}`);
	if (Number(added?.n) === 0) return null;
	let rows = Number(added?.n);
	const runs = Object.entries(manifest.partitions).sort((a, b) => a[1].rows - b[1].rows);
	const merged: string[] = [];
	for (const [run, entry] of runs) {
		if (entry.rows > 2 * rows) break;
		merged.push(run);
		rows += entry.rows;
	}
	await attach(bench, table, manifest, { as: 'merged_keys', partitions: merged });
	const key = `keys/orders/v=${attempt}/part-0.parquet`;
	const path = join(scratch, 'written', key);
	await mkdir(dirname(path), { recursive: true });
	await duckdb.execute(
		`copy (
			select key_hash, home from merged_keys
			union all
			select ${keyHashSql('order_id')}, home from ${homes}
		 ) to ${literal(path)} (format parquet, compression zstd)`,
	);
	const footer = await duckdb.row(`select num_rows as n from parquet_file_metadata(${literal(path)})`);
	const written = Number(footer.n);
	const file = await storeFile(store, path, key, written);
	const kept = Object.fromEntries(runs.filter(([run]) => !merged.includes(run)));
	return {
		...manifest,
		partitions: {
			...kept,
			[attempt]: { version: attempt, files: [file], rows: written, fingerprint: attempt },
		},
	};
}
