import type { TaskContext } from '../../context';
import { DamagedObjectError, emptyTable, type FileRef, type Lake, type PartitionEntry, Snapshot } from '../../lake';
import { differenceOfFile } from '../../lake/check-file';
import type { Workbench } from '../../lake/partitions';
import { goldFiles, loadState, servingTable } from './plan';

/** Whose files a load may have written to DynamoDB. */
const sources = ['gold_category_kpis', 'gold_order_kpis', servingTable];

type Partitions = Readonly<Record<string, PartitionEntry>>;

/**
 * Puts the serving table back where its manifest is lost or damaged: every date that any kept head has in Gold or in the
 * serving table may be in DynamoDB, and is loaded anew. So is a date of which a file that was loaded is lost or damaged:
 * Gold's current files stand in for it. Says whether it changed anything. Gold has to be intact.
 */
export async function restoreServing(context: TaskContext): Promise<boolean> {
	const lake = await context.lake();
	const bench: Workbench = { store: lake.store, duckdb: await context.duckdb(), scratch: await context.scratch() };
	const { committed } = await lake.transact(context.run, async (snapshot) => {
		const known = (await readable(() => snapshot.table(servingTable)))?.partitions;
		const { snapshot: sound } = await snapshot.withoutDamaged([servingTable]);
		const state = await loadState(sound);
		const restored: Record<string, PartitionEntry> = {};
		for (const [date, entry] of Object.entries(known ?? (await everKnown(lake)))) {
			const intact = await intactAmong(bench, entry.files);
			if (known && intact.length === entry.files.length) continue;
			for (const { key } of entry.files.filter((file) => !intact.includes(file))) {
				context.log.warn(`${key} is lost or damaged: an item of ${date} that Gold no longer has may stay in DynamoDB.`);
			}
			const byKey = new Map([...intact, ...goldFiles(state, date)].map((file) => [file.key, file]));
			restored[date] = partitionEntry([...byKey.values()], entry.facts);
		}
		if (known && Object.keys(restored).length === 0) return null;
		return { tables: { [servingTable]: { ...emptyTable(servingTable), partitions: { ...known, ...restored } } } };
	});
	return committed;
}

async function intactAmong(bench: Workbench, files: readonly FileRef[]): Promise<FileRef[]> {
	const intact: FileRef[] = [];
	for (const file of files) if ((await differenceOfFile(bench, file)) === undefined) intact.push(file);
	return intact;
}

/** By date, the files that the kept heads name in Gold's KPI tables and in the serving table. */
async function everKnown(lake: Lake): Promise<Partitions> {
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
	return Object.fromEntries([...known].map(([date, byKey]) => [date, partitionEntry([...byKey.values()])]));
}

/** Of a date that may be in DynamoDB with the rows of these files, and is to be loaded anew. */
const partitionEntry = (files: FileRef[], facts: PartitionEntry['facts'] = {}): PartitionEntry => ({
	version: '',
	files,
	rows: files.reduce((sum, file) => sum + file.rows, 0),
	fingerprint: '',
	facts,
});

async function readable<T>(read: () => Promise<T>): Promise<T | undefined> {
	try {
		return await read();
	} catch (error) {
		if (error instanceof DamagedObjectError) return undefined;
		throw error;
	}
}
