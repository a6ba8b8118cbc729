import type { TaskContext } from '../context';
import { DamagedObjectError, emptyTable, type FileRef, type Lake, type PartitionEntry, Snapshot } from '../lake';
import { servingTable } from './plan';

/** Whose files a load may have written to DynamoDB. */
const sources = ['gold_category_kpis', 'gold_order_kpis', servingTable];

/**
 * Puts the serving table back where its manifest is lost or damaged: every date that any kept head has in Gold or in the
 * serving table may be in DynamoDB, and is loaded anew. Says whether it did.
 */
export async function restoreServing(context: TaskContext): Promise<boolean> {
	const lake = await context.lake();
	const { committed } = await lake.transact(context.run, async (snapshot) => {
		if (await readable(() => snapshot.table(servingTable))) return null;
		const partitions: Record<string, PartitionEntry> = {};
		for (const [date, byKey] of await filesEverKnown(lake)) {
			const files = [...byKey.values()];
			const rows = files.reduce((sum, file) => sum + file.rows, 0);
			partitions[date] = { version: '', files, rows, fingerprint: '', facts: {} };
		}
		return { tables: { [servingTable]: { ...emptyTable(servingTable), partitions } } };
	});
	return committed;
}

/** By date, the files that the kept heads name in Gold's KPI tables and in the serving table. */
async function filesEverKnown(lake: Lake): Promise<Map<string, Map<string, FileRef>>> {
	const known = new Map<string, Map<string, FileRef>>();
	const read = new Set<string>();
	const { heads } = await lake.log();
	for (const { head } of heads) {
		const snapshot = new Snapshot(lake.store, head);
		for (const name of sources) {
			const key = head.tables[name];
			if (key === undefined || read.has(key)) continue;
			read.add(key);
			const table = await readable(() => snapshot.table(name));
			for (const [date, { files }] of Object.entries(table?.partitions ?? {})) {
				const byKey = known.get(date) ?? new Map<string, FileRef>();
				known.set(date, byKey);
				for (const file of files) byKey.set(file.key, file);
			}
		}
	}
	return known;
}

async function readable<T>(read: () => Promise<T>): Promise<T | undefined> {
	try {
		return await read();
	} catch (error) {
		if (error instanceof DamagedObjectError) return undefined;
		throw error;
	}
}
