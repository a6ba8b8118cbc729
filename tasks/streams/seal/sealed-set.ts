import { createHash } from 'node:crypto';
import { type StreamName, streamNames } from '../../contracts';
import {
	fetchText,
	lakeFormat,
	type ObjectStore,
	type PartitionEntry,
	type Snapshot,
	sealedTable,
	storeText,
	type TableManifest,
} from '../../lake';
import { partitionFolder } from '../../lake/partitions';
import type { DeliveredObject } from './delivered-objects';

/** The tables of all streams. They describe Bronze, not Silver, so a rollback leaves them as they are. */
export const sealedTables: readonly string[] = streamNames.map(sealedTable);

/** What the set records of an object. */
export type SealedObject = Pick<DeliveredObject, 'name' | 'date'>;

/** Reads the whole set of a stream; throws DamagedObjectError if a part of it is lost or damaged. */
export async function checkSealed(store: ObjectStore, snapshot: Snapshot, stream: StreamName): Promise<void> {
	const { partitions } = await snapshot.table(sealedTable(stream));
	for (const entry of Object.values(partitions)) await readNames(store, entry);
}

/** The objects that no sealed batch has, in order. Reads the names of their dates only. */
export async function unsealed<O extends SealedObject>(
	store: ObjectStore,
	snapshot: Snapshot,
	stream: StreamName,
	objects: readonly O[],
): Promise<O[]> {
	const { partitions } = await snapshot.table(sealedTable(stream));
	const isSealed = new Map<string, (name: string) => boolean>();
	for (const [date, names] of namesByDate(objects)) {
		const entry = partitions[date];
		const isComplete = entry?.rows === names.length && entry.fingerprint === namesDigest(names);
		const sealed = isComplete ? undefined : await readNames(store, entry);
		isSealed.set(date, sealed ? (name) => sealed.has(name) : () => true);
	}
	return objects.filter(({ date, name }) => !isSealed.get(date)?.(name));
}

/** Adds objects to the set. Writes its files; they become visible when a head names them. */
export async function withSealed(
	store: ObjectStore,
	snapshot: Snapshot,
	stream: StreamName,
	objects: readonly SealedObject[],
	attempt: string,
): Promise<TableManifest> {
	const table = sealedTable(stream);
	const { partitions: before } = await snapshot.table(table);
	const partitions = { ...before };
	for (const [date, added] of namesByDate(objects)) {
		const names = [...(await readNames(store, before[date])), ...added].sort();
		const text = names.join('\n');
		const key = `${partitionFolder({ name: table, partition: { column: 'date' } }, date, attempt)}/names.txt`;
		const files = [await storeText(store, text, key, names.length)];
		partitions[date] = { version: attempt, files, rows: names.length, fingerprint: namesDigest(names) };
	}
	return { format: lakeFormat, table, contract: 1, partitions };
}

function namesByDate(objects: readonly SealedObject[]): Map<string, string[]> {
	const byDate = new Map<string, string[]>();
	for (const { date, name } of objects) {
		const names = byDate.get(date);
		if (names) names.push(name);
		else byDate.set(date, [name]);
	}
	return byDate;
}

async function readNames(store: ObjectStore, entry: PartitionEntry | undefined): Promise<Set<string>> {
	const texts = await Promise.all((entry?.files ?? []).map((file) => fetchText(store, file)));
	return new Set(texts.flatMap((text) => (text ? text.split('\n') : [])));
}

const namesDigest = (names: readonly string[]): string =>
	createHash('sha256')
		.update([...names].sort().join('\n'))
		.digest('hex')
		.slice(0, 32);
