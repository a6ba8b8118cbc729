import type { TaskContext } from '../../context';
import type { DuckDbEngine } from '../../engine';
import { DamagedObjectError, emptyTable, type FileRef, type Lake, type PartitionEntry, Snapshot } from '../../lake';
import { checkFile } from '../../lake/check-file';
import { goldFiles, readLoadState } from './load-state';
import { kpiSet, listServingSets, type ServingSet } from './serving-set';

type Partitions = Readonly<Record<string, PartitionEntry>>;

/**
 * Restores the serving table where its manifest is lost or damaged: every date that a kept head has in Gold or in the
 * serving table may be in DynamoDB, and becomes stale. So does a date with a loaded file that is lost or damaged: Gold's
 * current files replace it. Says whether it changed anything. Gold has to be intact.
 */
export async function restoreServingTable(context: TaskContext, set: ServingSet = kpiSet): Promise<boolean> {
	const lake = await context.lake();
	const engine = await context.engine();
	const { committed } = await lake.transact(context.run, async (snapshot) => {
		const known = (await readUnlessDamaged(() => snapshot.table(set.manifest)))?.partitions;
		const { snapshot: readable } = await snapshot.withoutDamaged([set.manifest]);
		const state = await readLoadState(readable, set);
		const restored: Record<string, PartitionEntry> = {};
		for (const [date, entry] of Object.entries(known ?? (await listServedFiles(lake, set)))) {
			const intact = await keepIntact(engine, entry.files);
			if (known && intact.length === entry.files.length) continue;
			for (const { key } of entry.files.filter((file) => !intact.includes(file))) {
				context.log.warn(`${key} is lost or damaged: an item of ${date} that Gold no longer has may stay in DynamoDB.`);
			}
			const byKey = new Map([...intact, ...goldFiles(state, date)].map((file) => [file.key, file]));
			restored[date] = partitionEntry([...byKey.values()], entry.facts);
		}
		if (known && Object.keys(restored).length === 0) return null;
		return { tables: { [set.manifest]: { ...emptyTable(set.manifest), partitions: { ...known, ...restored } } } };
	});
	return committed;
}

/** Restores the serving tables of the product and of a project; returns the names of those that it changed. */
export async function restoreServingTables(context: TaskContext): Promise<string[]> {
	const restored: string[] = [];
	for (const set of listServingSets(await context.project())) {
		if (await restoreServingTable(context, set)) restored.push(set.manifest);
	}
	return restored;
}

async function keepIntact(engine: DuckDbEngine, files: readonly FileRef[]): Promise<FileRef[]> {
	const intact: FileRef[] = [];
	for (const file of files) if ((await checkFile(engine, file)) === undefined) intact.push(file);
	return intact;
}

/** By date, the files that the kept heads have in the Gold tables of a set and in its serving table. */
async function listServedFiles(lake: Lake, { manifest, tables }: ServingSet): Promise<Partitions> {
	const tablesOfLoadedFiles = [...tables.map(({ gold }) => gold.name), manifest];
	const known = new Map<string, Map<string, FileRef>>();
	const read = new Set<string>();
	const { heads } = await lake.log();
	for (const { head } of heads) {
		const snapshot = new Snapshot(lake.store, head);
		for (const name of tablesOfLoadedFiles) {
			const key = head.tables[name];
			if (key === undefined || read.has(key)) continue;
			read.add(key);
			const table = await readUnlessDamaged(() => snapshot.table(name));
			for (const [date, { files }] of Object.entries(table?.partitions ?? {})) {
				const byKey = known.get(date) ?? new Map<string, FileRef>();
				known.set(date, byKey);
				for (const file of files) byKey.set(file.key, file);
			}
		}
	}
	return Object.fromEntries([...known].map(([date, byKey]) => [date, partitionEntry([...byKey.values()])]));
}

/** The entry of a stale date: the rows of these files may be in DynamoDB. */
const partitionEntry = (files: FileRef[], facts: PartitionEntry['facts'] = {}): PartitionEntry => ({
	version: '',
	files,
	rows: files.reduce((sum, file) => sum + file.rows, 0),
	fingerprint: '',
	facts,
});

async function readUnlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
	try {
		return await read();
	} catch (error) {
		if (error instanceof DamagedObjectError) return undefined;
		throw error;
	}
}
