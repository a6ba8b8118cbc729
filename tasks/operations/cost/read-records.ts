import { type ObjectStore, prefixes } from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import { type CostRecord, costFolder, costRecord } from './cost-record';

const parallelReads = 16;

/** The records of the dates from `from` to `to`, in order of time, and the keys of those that can't be read. */
export async function readCostRecords(
	store: Pick<ObjectStore, 'list' | 'getText'>,
	{ from, to }: { readonly from: string; readonly to: string },
): Promise<{ readonly records: readonly CostRecord[]; readonly unreadable: readonly string[] }> {
	const keys: string[] = [];
	for await (const { key } of store.list(prefixes.costs, costFolder(from))) {
		// The folders of dates are in order, and all that follow are later.
		if (key > costFolder(to) && !key.startsWith(costFolder(to))) break;
		keys.push(key);
	}
	const records: CostRecord[] = [];
	const unreadable: string[] = [];
	await mapConcurrently(keys, parallelReads, async (key) => {
		const text = await store.getText(key);
		// It has expired since it was listed.
		if (text === undefined) return;
		const record = parseRecord(text);
		if (record) records.push(record);
		else unreadable.push(key);
	});
	const byTime = (one: CostRecord, other: CostRecord) => (one.started_at < other.started_at ? -1 : 1);
	return { records: records.sort(byTime), unreadable: unreadable.sort() };
}

function parseRecord(text: string): CostRecord | undefined {
	try {
		return costRecord.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}
