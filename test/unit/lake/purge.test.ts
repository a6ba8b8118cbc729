import { Lake, newAttempt, purge } from '../../../tasks/lake';
import { DataRefusedError, TryAgainError } from '../../../tasks/platform/errors';
import { MemoryStore } from '../../support/memory-store';

const table = 'gold_daily_sales';
const folder = 'order_date=2026-11-20';
const file = (version: string) => `gold/daily_sales/${folder}/v=${version}/part-0.parquet`;
const copy = (version: string) => `current/${table}/${folder}/${version}-part-0.parquet`;

/** A lake of one table whose clock goes on by a minute with every write. */
function openLake() {
	let now = Date.parse('2026-11-01T00:00:00Z');
	const clock = () => {
		now += 60_000;
		return new Date(now);
	};
	const store = new MemoryStore({ clock });
	const open = () => new Lake(store, clock);
	const run = () => ({ task: 'test', runId: 'test', attempt: newAttempt(), startedAt: clock() });
	const commit = async (lake: Lake, version: string) => {
		await store.putText(file(version), version);
		const files = [{ key: file(version), rows: 1, bytes: version.length }];
		const partitions = { '2026-11-20': { version, files, rows: 1, fingerprint: version } };
		return lake.transact(run(), async () => ({ tables: { [table]: { format: 2, table, contract: 1, partitions } } }));
	};
	/** Ends all earlier states, as a run that purges does. */
	const end = async (lake: Lake) =>
		(await lake.transact(run(), async () => ({ oldestKept: 'own' }))).snapshot.head.number;
	return { store, open, commit, end };
}

const kept = { current: new Set<string>(), hasMirror: true };

test('what only ended heads name goes at once, with its versions and copies; what the newest names and what is newer stays', async () => {
	const { store, open, commit, end } = openLake();
	const lake = open();
	await commit(lake, 'a');
	await commit(lake, 'b');
	await store.putText(copy('a'), 'a');
	await store.putText(copy('b'), 'b');
	await store.putText(file('killed'), 'never committed');
	await store.putText(file('vacuumed'), 'gone');
	await store.delete([file('vacuumed')]);
	await store.putText('bronze/live_orders/2026/11/01/00/object', 'delivered');
	const oldestKept = await end(lake);
	await store.putText(file('under-way'), 'of a run under way');

	await purge(lake, { ...kept, oldestKept });
	expect(store.allVersions().filter(({ key }) => /^(gold|current|bronze)/.test(key))).toHaveLength(4);
	expect([...store.keys('gold/'), ...store.keys('current/'), ...store.keys('bronze/')]).toEqual([
		file('b'),
		file('under-way'),
		copy('b'),
		'bronze/live_orders/2026/11/01/00/object',
	]);
	await expect(lake.at(oldestKept - 1)).rejects.toThrow('There is no head');
});

test('a run that saw an ended state commits nothing, and one that began later does', async () => {
	const { open, commit, end } = openLake();
	await commit(open(), 'a');
	const early = open();
	await early.newest();
	await end(open());
	await expect(commit(early, 'b')).rejects.toThrow(TryAgainError);
	await expect(commit(open(), 'c')).resolves.toMatchObject({ committed: true });
});

test('nothing is deleted while a manifest that the newest head names can’t be read', async () => {
	const { store, open, commit, end } = openLake();
	const lake = open();
	await commit(lake, 'a');
	await commit(lake, 'b');
	const { head } = await lake.newest();
	store.damage(head.tables[table] ?? '', (bytes) => bytes.subarray(1));
	const oldestKept = await end(lake);
	const before = store.keys();
	await expect(purge(lake, { ...kept, oldestKept })).rejects.toThrow(DataRefusedError);
	expect(store.keys()).toEqual(before);
});
