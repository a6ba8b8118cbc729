import { prefixes } from './layout';
import type { ObjectStore, StoredObject } from './object-store';

/** The key of the rejected records of one refusal; the keys of a batch sort by time. */
export function refusedKey(dataset: string, batch: string, at: Date, attempt: string): string {
	return `${prefixes.refused}${dataset}/batch=${batch}/${at.toISOString().replace(/[-:.]/g, '')}-${attempt}.ndjson.zst`;
}

/** The newest refusal of each dataset and batch. */
export async function newestRefusals(store: ObjectStore): Promise<StoredObject[]> {
	const newest = new Map<string, StoredObject>();
	for await (const object of store.list(prefixes.refused)) {
		newest.set(object.key.slice(0, object.key.lastIndexOf('/')), object);
	}
	return [...newest.values()];
}
