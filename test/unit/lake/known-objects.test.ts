import { Lake, newAttempt } from '../../../tasks/lake';
import { DataRefusedError } from '../../../tasks/platform/errors';
import { MemoryStore } from '../../support/memory-store';

const clock = () => new Date('2026-11-21T12:00:00Z');
const commit = (lake: Lake, partition: string) =>
	lake.transact({ task: 'task', runId: 'task', attempt: newAttempt(), startedAt: clock() }, async (snapshot) => {
		const { partitions } = await snapshot.table('silver_orders');
		const entry = { version: partition, files: [], rows: 1, fingerprint: partition };
		return {
			tables: {
				silver_orders: {
					format: 1,
					table: 'silver_orders',
					contract: 1,
					partitions: { ...partitions, [partition]: entry },
				},
			},
		};
	});
const listPartitions = async (lake: Lake) => {
	const { partitions } = await (await lake.newest()).table('silver_orders');
	return Object.keys(partitions);
};

/** A lake with a commit, and a lake of another process that lists what it reads. */
async function makeLake() {
	const store = new MemoryStore();
	const other = new Lake(store, clock);
	await commit(other, 'a');
	const reads: string[] = [];
	const door = store.door({
		before: (operation, key) => {
			if (operation === 'getText' || operation === 'list') reads.push(key.replace(/[^/]*-1\.json$/, 'x.json'));
		},
	});
	return { store, other, lake: new Lake(door, clock), reads };
}

it('a head and its manifests are read once by all steps of a process', async () => {
	const { lake, reads } = await makeLake();
	expect(await listPartitions(lake)).toEqual(['a']);
	expect(reads.splice(0).sort()).toEqual([
		'_heads/',
		'_heads/0000000001.json',
		'_hints/newest-head',
		'_manifests/tables/silver_orders/x.json',
	]);
	expect(await listPartitions(lake)).toEqual(['a']);
	expect(reads.splice(0).sort()).toEqual(['_heads/', '_hints/newest-head']);
});

it('what a process commits is not read again by its next step', async () => {
	const { lake, reads } = await makeLake();
	await commit(lake, 'b');
	reads.splice(0);
	expect(await listPartitions(lake)).toEqual(['a', 'b']);
	expect(reads.sort()).toEqual(['_heads/', '_hints/newest-head']);
});

it('a commit of another process is seen by the next step', async () => {
	const { lake, other } = await makeLake();
	await commit(lake, 'b');
	await commit(other, 'c');
	expect(await listPartitions(lake)).toEqual(['a', 'b', 'c']);
	await commit(lake, 'd');
	expect(await listPartitions(other)).toEqual(['a', 'b', 'c', 'd']);
});

it('a head that comes in between the listing and the hint is not mistaken for a lost one', async () => {
	const { store, other } = await makeLake();
	let isWaiting = false;
	const door = store.door({
		before: async (operation, key) => {
			if (operation === 'getText' && key === '_hints/newest-head' && isWaiting) await commit(other, 'b');
		},
	});
	const lake = new Lake(door, clock);
	await lake.newest();
	isWaiting = true;
	expect(await listPartitions(lake)).toEqual(['a', 'b']);
});

it('a head that is lost after it was read is found out', async () => {
	const { store, lake } = await makeLake();
	await commit(lake, 'b');
	await store.delete(['_heads/0000000002.json']);
	await expect(lake.newest()).rejects.toThrow(DataRefusedError);
	await store.delete(['_heads/0000000001.json', '_hints/newest-head']);
	expect((await lake.newest()).head.number).toBe(0);
});

it('an object that could not be read is read again', async () => {
	const { store, lake } = await makeLake();
	const [key = ''] = store.keys('_manifests/tables/silver_orders/');
	const text = (await store.getText(key)) ?? '';
	await store.putText(key, 'damaged');
	await expect(listPartitions(lake)).rejects.toThrow(DataRefusedError);
	await store.putText(key, text);
	expect(await listPartitions(lake)).toEqual(['a']);
});
