import { Lake } from '../../tasks/lake';
import type { MemoryStore } from './memory-store';

const openLake = (store: MemoryStore) => new Lake(store, () => new Date());

/** The number of a store's newest head. */
export const readHead = async (store: MemoryStore): Promise<number> => (await openLake(store).newest()).head.number;

/**
 * The content of a lake by its manifests alone: rows and fingerprints of all partitions, labels, batches. Runs that did
 * the same leave equal digests, whatever the names of their files.
 */
export async function readDigest(store: MemoryStore): Promise<unknown> {
	const snapshot = await openLake(store).newest();
	const { ingested, admitted, left_out } = await snapshot.ledger();
	const tables: Record<string, unknown> = {};
	for (const name of Object.keys(snapshot.head.tables)
		.filter((name) => !name.startsWith('keys_'))
		.sort()) {
		const { partitions } = await snapshot.table(name);
		const entries = Object.entries(partitions).map(([partition, { rows, fingerprint, labels, facts }]) => [
			partition,
			{ rows, fingerprint, labels, facts: name.startsWith('gold_') ? undefined : facts },
		]);
		if (entries.length > 0) tables[name] = Object.fromEntries(entries);
	}
	const versions = (batches: typeof ingested) =>
		Object.entries(batches).flatMap(([dataset, byBatch]) =>
			Object.entries(byBatch).map(([batch, { attempt: _, ...version }]) => ({ dataset, batch, ...version })),
		);
	return { tables, ingested: versions(ingested), admitted: versions(admitted), left_out };
}

/** The objects that the newest head needs and the store lacks; none where the state is complete. */
export async function listMissingObjects(store: MemoryStore): Promise<string[]> {
	const lake = openLake(store);
	const snapshot = await lake.newest();
	const { ingested, admitted } = await snapshot.ledger();
	const files: { readonly key: string; readonly bytes: number }[] = [];
	for (const name of Object.keys(snapshot.head.tables)) {
		for (const entry of Object.values((await snapshot.table(name)).partitions)) files.push(...entry.files);
	}
	for (const [dataset, byBatch] of [...Object.entries(ingested), ...Object.entries(admitted)]) {
		for (const [batch, { attempt }] of Object.entries(byBatch)) {
			const manifest = await lake.batch(dataset, batch, attempt);
			files.push(...manifest.files, ...manifest.quarantine);
		}
	}
	const stored = new Map<string, number>();
	for await (const { key, bytes } of store.list('')) stored.set(key, bytes);
	return files.filter(({ key, bytes }) => stored.get(key) !== bytes).map(({ key }) => key);
}
