import addedDates from '../../../sql/silver/added-order-dates.sql';
import keyRuns from '../../../sql/silver/key-runs.sql';
import orderKeys from '../../../sql/silver/order-keys.sql';
import possibleDates from '../../../sql/silver/possible-order-dates.sql';
import type { Engine, Relation } from '../../engine';
import { keysTable, type PartitionEntry, type TableManifest, whole } from '../../lake';
import type { FileTable } from '../../lake/partitions';
import { type AddedDate, type NewRun, planRuns, rangeOf } from './key-runs';
import type { SilverRun } from './silver-run';

/**
 * The dates at which orders stand: a hash of each order id ever seen, and the dates it has had.
 * It can name a date too many (another id of the same hash, a former date), never one too few.
 * Each commit adds runs; runs are merged as they grow, so that there are few. Most record the range of their ids, so that a
 * batch fetches only those that may hold one of its ids.
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

/** The order of ids for ranges: by length, so that 10 comes after 9. Stored, too. */
const id_order = "lpad(cast(length(order_id) as varchar), 4, '0') || order_id";

/** The dates at which orders may stand whose ids a relation has as `order_id`. */
export async function possibleOrderDates(
	{ engine, snapshot }: Pick<SilverRun, 'engine' | 'snapshot'>,
	ids: Relation,
): Promise<string[]> {
	const manifest = await snapshot.table(table.name);
	const runs = await findRuns(engine, manifest, ids);
	if (runs.length === 0) return [];
	const inputs = { order_keys: await engine.attach(table, manifest, runs), ids };
	const rows = await engine.rows(possibleDates, { inputs, slots: { key_hash: keyHash(engine) } });
	return rows.map(({ partition_date }) => String(partition_date));
}

/** The runs that may hold one of these ids. */
async function findRuns(engine: Engine, { partitions }: TableManifest, ids: Relation): Promise<string[]> {
	const ranges = Object.entries(partitions).map(([name, entry]) => ({ name, range: rangeOf(entry) }));
	const known = ranges.flatMap(({ name, range }) => (range ? [[name, range.least, range.most]] : []));
	const others = ranges.flatMap(({ name, range }) => (range ? [] : [name]));
	if (known.length === 0) return others;
	const key_ranges = await engine.texts({ run_name: 'varchar', least_id: 'varchar', most_id: 'varchar' }, known);
	const found = await engine.rows(keyRuns, { inputs: { key_ranges, ids }, slots: { id_order } });
	return [...others, ...found.map(({ run_name }) => String(run_name))];
}

/** The index with further runs: the new dates of moved orders. Null where there are none. */
export async function addOrderDates(run: SilverRun, moved_orders: Relation): Promise<TableManifest | null> {
	const { engine, snapshot, attempt } = run;
	const manifest = await snapshot.table(table.name);
	const added = await engine.rows(addedDates, { inputs: { moved_orders }, slots: { id_order } });
	if (added.length === 0) return null;
	const dates = added.map(
		(row): AddedDate => ({
			date: String(row.new_date),
			kind: row.kind === 'new' ? 'new' : 'moved',
			orders: Number(row.orders),
			least: String(row.least_id),
			most: String(row.most_id),
		}),
	);
	const partitions: Record<string, PartitionEntry> = { ...manifest.partitions };
	for (const [index, planned] of planRuns(dates, manifest.partitions).entries()) {
		const name = `${attempt}-r${index + 1}`;
		partitions[name] = await writeRun(run, manifest, { name, planned, moved_orders });
		for (const merged of planned.merged) delete partitions[merged];
	}
	return { ...manifest, partitions };
}

async function writeRun(
	{ engine }: SilverRun,
	manifest: TableManifest,
	{ name, planned, moved_orders }: { readonly name: string; readonly planned: NewRun; readonly moved_orders: Relation },
): Promise<PartitionEntry> {
	const { dates, range, merged } = planned;
	const inputs = {
		merged_keys: await engine.attach(table, manifest, merged),
		moved_orders,
		added_dates: await engine.texts(
			{ new_date: 'varchar', kind: 'varchar' },
			dates.map(({ date, kind }) => [date, kind]),
		),
	};
	const keys = await engine.define(orderKeys, { inputs, slots: { key_hash: keyHash(engine) } });
	const written = await engine.write(table, keys, { partitions: [whole], attempt: name });
	return {
		...(written.get(whole) as PartitionEntry),
		fingerprint: name,
		...(range ? { facts: { least: range.least, most: range.most } } : {}),
	};
}
