import type { ObjectStore } from './store';

/** Where the rejected records of batches lie that were refused whole. No head names them; `vacuum` deletes them by age. */
export const refusedPrefix = 'refused/';

/** The key of the rejected records of one refusal; of two of a batch the later one has the higher key. */
export function refusedKey(dataset: string, batch: string, at: Date, attempt: string): string {
	return `${refusedPrefix}${dataset}/batch=${batch}/${at.toISOString().replace(/[-:.]/g, '')}-${attempt}.ndjson.zst`;
}

/** The keys of the newest refusal of each dataset and batch. */
export async function newestRefusals(store: ObjectStore): Promise<string[]> {
	const newest = new Map<string, string>();
	for await (const { key } of store.list(refusedPrefix)) newest.set(key.slice(0, key.lastIndexOf('/')), key);
	return [...newest.values()];
}
