import type { TaskContext } from '../context';
import { isSealedBatchId, type StreamName, streamNames, streams } from '../contracts';
import { DamagedObjectError, emptyTable, type Lake, Snapshot } from '../lake';
import { alarmsTable } from './alarms';
import { parseObjectName } from './seal/delivered';
import { checkSealed, type SealedObject, sealedTable, withSealed } from './seal/sealed-set';

/**
 * Puts the tables of streams back that are lost or damaged; returns their names. The sets of sealed objects come from the
 * sealed batches, which name their sources. The note of the alarms that were sent starts empty: some may be sent again.
 * Throws DamagedObjectError where the manifest of a sealed batch can't be read.
 */
export async function restoreStreamTables(context: TaskContext): Promise<string[]> {
	const lake = await context.lake();
	const restored: string[] = [];
	const alarms = await lake.transact(context.run, async (snapshot) => {
		const { damaged } = await snapshot.withoutDamaged([alarmsTable]);
		return damaged.length === 0 ? null : { tables: { [alarmsTable]: emptyTable(alarmsTable) } };
	});
	if (alarms.committed) restored.push(alarmsTable);
	for (const stream of streamNames) {
		const { committed } = await lake.transact(context.run, async (snapshot) => {
			if (await isReadable(lake, snapshot, stream)) return null;
			const table = sealedTable(stream);
			const { [table]: _, ...tables } = snapshot.head.tables;
			const blank = new Snapshot(lake.store, { ...snapshot.head, tables });
			const objects = await objectsOfBatches(lake, snapshot, stream);
			return { tables: { [table]: await withSealed(lake.store, blank, stream, objects, context.run.attempt) } };
		});
		if (committed) restored.push(sealedTable(stream));
	}
	return restored;
}

async function isReadable(lake: Lake, snapshot: Snapshot, stream: StreamName): Promise<boolean> {
	try {
		await checkSealed(lake.store, snapshot, stream);
		return true;
	} catch (error) {
		if (error instanceof DamagedObjectError) return false;
		throw error;
	}
}

async function objectsOfBatches(lake: Lake, snapshot: Snapshot, stream: StreamName): Promise<SealedObject[]> {
	const { dataset } = streams[stream];
	const objects: SealedObject[] = [];
	for (const [batch, { attempt }] of Object.entries((await snapshot.ledger()).ingested[dataset] ?? {})) {
		if (!isSealedBatchId(batch, stream)) continue;
		const { sources } = await lake.batch(dataset, batch, attempt);
		for (const { name } of sources) {
			const place = parseObjectName(name);
			if (place) objects.push({ name, date: place.date });
		}
	}
	return objects;
}
