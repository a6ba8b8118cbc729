import { createHash } from 'node:crypto';
import { type StreamName, streamNames } from '../../contracts';
import {
	fetchText,
	lakeFormat,
	type ObjectStore,
	type PartitionEntry,
	type Snapshot,
	storeText,
	type TableManifest,
} from '../../lake';
import { partitionFolder } from '../../lake/partitions';
import type { Delivered } from './delivered';

/** Which objects of a stream are sealed: a partition a date of their prefixes, with a file of their names. */
export const sealedTable = (stream: StreamName): string => `internal_sealed_${stream}`;

/** The tables of all streams. They tell of Bronze, not of Silver: a rollback leaves them as they are. */
export const sealedTables: readonly string[] = streamNames.map(sealedTable);

/** What the set notes of an object. */
export type SealedObject = Pick<Delivered, 'name' | 'date'>;

/** Reads the whole set of a stream; throws DamagedObjectError where a part of it is lost or damaged. */
export async function checkSealed(store: ObjectStore, snapshot: Snapshot, stream: StreamName): Promise<void> {
	const { partitions } = await snapshot.table(sealedTable(stream));
	for (const entry of Object.values(partitions)) await namesIn(store, entry);
}

/** The objects among these that no sealed batch has, in their order. Reads names only of dates that have any. */
export async function unsealed(
	store: ObjectStore,
	snapshot: Snapshot,
	stream: StreamName,
	objects: readonly Delivered[],
): Promise<Delivered[]> {
	const { partitions } = await snapshot.table(sealedTable(stream));
	const isSealed = new Map<string, (name: string) => boolean>();
	for (const [date, names] of namesByDate(objects)) {
		const entry = partitions[date];
		const isWhole = entry?.rows === names.length && entry.fingerprint === namesDigest(names);
		const sealed = isWhole ? undefined : await namesIn(store, entry);
		isSealed.set(date, sealed ? (name) => sealed.has(name) : () => true);
	}
	return objects.filter(({ date, name }) => !isSealed.get(date)?.(name));
}

/** The set with these objects added; its files are written, but nobody sees them before a head names them. */
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
		const names = [...(await namesIn(store, before[date])), ...added].sort();
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

async function namesIn(store: ObjectStore, entry: PartitionEntry | undefined): Promise<Set<string>> {
	const texts = await Promise.all((entry?.files ?? []).map((file) => fetchText(store, file)));
	return new Set(texts.flatMap((text) => (text ? text.split('\n') : [])));
}

const namesDigest = (names: readonly string[]): string =>
	createHash('sha256')
		.update([...names].sort().join('\n'))
		.digest('hex')
		.slice(0, 32);
