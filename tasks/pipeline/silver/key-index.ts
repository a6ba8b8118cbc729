import orderKeys from '../../../sql/silver/order-keys.sql';
import possibleDates from '../../../sql/silver/possible-order-dates.sql';
import type { Engine, Relation } from '../../engine';
import { keysTable, type PartitionEntry, type TableManifest, whole } from '../../lake';
import type { FileTable } from '../../lake/partitions';
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

/** Stored, so it is the same in every engine. */
const keyHash = ({ dialect }: Engine): string => dialect.stableHash('order_id');

/** The dates at which orders may stand whose ids a relation has as `order_id`. */
export async function possibleOrderDates(
	{ engine, snapshot }: Pick<SilverRun, 'engine' | 'snapshot'>,
	ids: Relation,
): Promise<string[]> {
	const manifest = await snapshot.table(table.name);
	if (Object.keys(manifest.partitions).length === 0) return [];
	const inputs = { order_keys: await engine.attach(table, manifest), ids };
	const rows = await engine.rows(possibleDates, { inputs, slots: { key_hash: keyHash(engine) } });
	return rows.map(({ partition_date }) => String(partition_date));
}

/** The index with a further run: the new dates of moved orders. Null where there are none. */
export async function addOrderDates(run: SilverRun, moved_orders: Relation): Promise<TableManifest | null> {
	const { engine, snapshot, attempt } = run;
	const manifest = await snapshot.table(table.name);
	const [added] = await engine.select(`select count(new_date) as n from ${moved_orders.name}`);
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
	const keys = await engine.define(orderKeys, { inputs, slots: { key_hash: keyHash(engine) } });
	const written = await engine.write(table, keys, { partitions: [whole], attempt });
	const kept = Object.fromEntries(runs.filter(([name]) => !merged.includes(name)));
	const entry: PartitionEntry = { ...(written.get(whole) as PartitionEntry), fingerprint: attempt };
	return { ...manifest, partitions: { ...kept, [attempt]: entry } };
}

/** The index without some orders, as one run; the manifest as it is where it has none of them. */
export async function removeOrderDates(
	{ engine, attempt }: Pick<SilverRun, 'engine' | 'attempt'>,
	manifest: TableManifest,
	orders: Relation,
): Promise<TableManifest> {
	if (Object.keys(manifest.partitions).length === 0) return manifest;
	const { name: keys } = await engine.attach(table, manifest);
	const hashes = `(select ${keyHash(engine)} from ${orders.name})`;
	const [found] = await engine.select(`select count(*) as n from ${keys} where key_hash in ${hashes}`);
	if (Number(found?.n) === 0) return manifest;
	const left = await engine.view(`select * from ${keys} where key_hash not in ${hashes}`);
	const entry = (await engine.write(table, left, { partitions: [whole], attempt })).get(whole);
	return { ...manifest, partitions: entry ? { [attempt]: { ...entry, fingerprint: attempt } } : {} };
}
