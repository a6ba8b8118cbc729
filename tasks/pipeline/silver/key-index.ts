import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import orderKeys from '../../../sql/silver/order-keys.sql';
import possibleDates from '../../../sql/silver/possible-order-dates.sql';
import type { Relation } from '../../engine';
import { keysTable, storeFile, type TableManifest } from '../../lake';
import { type FileTable, partitionFolder } from '../../lake/partitions';
import { literal } from '../../platform/duckdb/quote';
import type { SilverRun } from './silver-run';

/**
 * The dates at which orders stand: a hash of each order id ever seen, and the dates it has had.
 * It can name a date too many (another id of the same hash, a former date), never one too few.
 * Each commit adds a run; runs are merged as they grow, so that there are few (a logarithm of the commits).
 */
const table: FileTable = {
	name: keysTable('orders'),
	columns: [
		{ name: 'key_hash', type: 'bigint' },
		{ name: 'home', type: 'date' },
	],
	partition: null,
};

/** 63 bits of MD5: the same in every version of every engine, since it is stored. */
const key_hash = 'cast(md5_number_lower(order_id) >> 1 as bigint)';

/** The dates at which orders may stand whose ids a relation has as `order_id`. */
export async function possibleOrderDates(
	{ engine, snapshot }: Pick<SilverRun, 'engine' | 'snapshot'>,
	ids: Relation,
): Promise<string[]> {
	const manifest = await snapshot.table(table.name);
	if (Object.keys(manifest.partitions).length === 0) return [];
	const inputs = { order_keys: await engine.attach(table, manifest), ids };
	const rows = await engine.rows(possibleDates, { inputs, slots: { key_hash } });
	return rows.map(({ partition_date }) => String(partition_date));
}

/** The index with a further run: the new dates of moved orders. Null where there are none. */
export async function addOrderDates(run: SilverRun, moved_orders: Relation): Promise<TableManifest | null> {
	const { engine, snapshot, attempt } = run;
	const manifest = await snapshot.table(table.name);
	const [added] = await engine.duckdb.rows(`select count(new_date) as n from ${moved_orders.name}`);
	if (Number(added?.n) === 0) return null;
	let rows = Number(added?.n);
	const runs = Object.entries(manifest.partitions).sort((a, b) => a[1].rows - b[1].rows);
	const merged: string[] = [];
	for (const [name, entry] of runs) {
		if (entry.rows > 2 * rows) break;
		merged.push(name);
		rows += entry.rows;
	}
	const inputs = { merged_keys: await engine.attach(table, manifest, merged), moved_orders };
	const keys = await engine.define(orderKeys, { inputs, slots: { key_hash } });
	const file = await writeRun(run, keys);
	const kept = Object.fromEntries(runs.filter(([name]) => !merged.includes(name)));
	const entry = { version: attempt, files: [file], rows: file.rows, fingerprint: attempt };
	return { ...manifest, partitions: { ...kept, [attempt]: entry } };
}

/** The index without some orders, as one run; the manifest as it is where it has none of them. */
export async function removeOrderDates(
	run: SilverRun,
	manifest: TableManifest,
	orders: Relation,
): Promise<TableManifest> {
	if (Object.keys(manifest.partitions).length === 0) return manifest;
	const { name: keys } = await run.engine.attach(table, manifest);
	const hashes = `(select ${key_hash} from ${orders.name})`;
	const { n } = await run.engine.duckdb.row(`select count(*) as n from ${keys} where key_hash in ${hashes}`);
	if (Number(n) === 0) return manifest;
	const left = await run.engine.view(`select * from ${keys} where key_hash not in ${hashes}`);
	const file = await writeRun(run, left);
	const entry = { version: run.attempt, files: [file], rows: file.rows, fingerprint: run.attempt };
	return { ...manifest, partitions: file.rows > 0 ? { [run.attempt]: entry } : {} };
}

async function writeRun({ engine, attempt }: SilverRun, { name }: Relation) {
	const { duckdb, store, scratch } = engine;
	const key = `${partitionFolder(table, '', attempt)}/part-0.parquet`;
	const path = join(scratch, 'written', key);
	await mkdir(dirname(path), { recursive: true });
	await duckdb.execute(`copy (select * from ${name}) to ${literal(path)} (format parquet, compression zstd)`);
	const footer = await duckdb.row(`select num_rows as n from parquet_file_metadata(${literal(path)})`);
	return storeFile(store, path, key, Number(footer.n));
}
