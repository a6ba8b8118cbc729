import { Lake, newAttempt, type Run, rollback, vacuum } from '../../../tasks/lake';
import { ConfigurationError } from '../../../tasks/platform/errors';
import { MemoryStore } from '../../support/memory-store';

const hourMs = 3600_000;
const dayMs = 24 * hourMs;

/** A lake whose time the test tells; each commit puts one file in place of the one before. */
function timedLake() {
	let now = Date.parse('2026-11-01T00:00:00Z');
	let offset = 0;
	// The store's clock is right; the machine's may be off.
	const clock = () => new Date(now + offset);
	const store = new MemoryStore({ clock: () => new Date(now) });
	const lake = new Lake(store, clock);
	const newRun = (task: string): Run => ({ task, runId: task, attempt: newAttempt(), startedAt: clock() });
	return {
		store,
		lake,
		/** Sets the machine's clock this far ahead of the store's. */
		setAhead: (ms: number) => {
			offset = ms;
		},
		pass: (ms: number) => {
			now += ms;
		},
		/** Writes a file that no head names yet. */
		write: async (name: string) => {
			const key = `silver/orders/order_date=2026-11-01/v=${name}/orders.parquet`;
			await store.putText(key, name);
			return key;
		},
		/** Commits a head that names this file only. */
		publish: async (key: string) => {
			const entry = { version: key, files: [{ key, rows: 1, bytes: 1 }], rows: 1, fingerprint: key };
			await lake.transact(newRun('clean'), async () => ({
				tables: {
					silver_orders: { format: 1, table: 'silver_orders', contract: 1, partitions: { '2026-11-01': entry } },
				},
			}));
		},
		rollback: (number: number) => rollback(lake, newRun('rollback'), number, []),
		vacuum: (graceMs: number, options: { alsoKept?: string[]; dryRun?: boolean } = {}) =>
			vacuum(lake, newRun('vacuum'), { graceMs, alsoKept: [], ...options }),
		files: () => store.keys('silver/').map((key) => /v=([^/]+)/.exec(key)?.[1]),
	};
}

/** Heads 1, 2 and 3 on the 1st, 3rd and 5th; now it is the 10th. */
async function lakeOfThreeHeads() {
	const lab = timedLake();
	for (const name of ['one', 'two', 'three']) {
		await lab.publish(await lab.write(name));
		lab.pass(2 * dayMs);
	}
	lab.pass(3 * dayMs);
	return lab;
}

it('deletes files that were superseded before the grace period, and their manifests', async () => {
	const lab = await lakeOfThreeHeads();
	// On the 3rd head 2 was made: head 1 was current until then, so 7 days before the 10th head 2 is the oldest in use.
	expect(await lab.vacuum(7 * dayMs)).toMatchObject({ files: 2, oldestKept: 2 });
	expect(lab.files()).toEqual(['three', 'two']);
	expect(lab.store.keys('_manifests/tables/')).toHaveLength(2);
	expect(lab.store.keys('_heads/')).toHaveLength(4);
	expect(await lab.vacuum(7 * dayMs)).toEqual({ files: 0, bytes: 0, oldestKept: 2, unreadable: [] });
	expect(lab.store.keys('_heads/')).toHaveLength(4);
});

it('keeps everything that was in use within the grace period', async () => {
	const lab = await lakeOfThreeHeads();
	expect(await lab.vacuum(30 * dayMs)).toEqual({ files: 0, bytes: 0, oldestKept: 1, unreadable: [] });
	expect(lab.files()).toEqual(['one', 'three', 'two']);
	expect(lab.store.keys('_heads/')).toHaveLength(3);
});

it('refuses a rollback to a head whose files may be gone, and only to such a head', async () => {
	const lab = await lakeOfThreeHeads();
	await lab.vacuum(7 * dayMs);
	await expect(lab.rollback(1)).rejects.toThrow(
		"There is no head 1: the lake keeps heads 2 to 4. See 'shoplake status --history'.",
	);
	await expect(lab.lake.at(1)).rejects.toThrow('There is no head 1');
	expect((await lab.lake.history()).map(({ number }) => number)).toEqual([2, 3, 4]);
	const { head } = await lab.rollback(2);
	expect(head).toMatchObject({ number: 5, restored: 2, oldest_kept: 2 });
	// What came back is in use again, however old it is.
	lab.pass(30 * dayMs);
	expect(await lab.vacuum(dayMs)).toMatchObject({ oldestKept: 5 });
	expect(lab.files()).toEqual(['two']);
});

it('deletes files that were never committed, but not before the longest run has ended', async () => {
	const lab = timedLake();
	await lab.publish(await lab.write('kept'));
	await lab.write('abandoned');
	lab.pass(11 * hourMs);
	const running = await lab.write('running');
	expect(await lab.vacuum(0)).toMatchObject({ files: 0 });
	lab.pass(2 * hourMs);
	expect(await lab.vacuum(0)).toMatchObject({ files: 1, bytes: 9 });
	expect(lab.files()).toEqual(['kept', 'running']);
	await lab.publish(running);
	lab.pass(13 * hourMs);
	await lab.vacuum(0);
	expect(lab.files()).toEqual(['running']);
});

it('keeps files that others still read, and objects that are not the lake’s own', async () => {
	const lab = await lakeOfThreeHeads();
	await lab.store.putText('landing/orders/batch=2026-11-01/orders.ndjson', 'a source');
	lab.pass(30 * dayMs);
	await lab.vacuum(7 * dayMs, { alsoKept: ['silver/orders/order_date=2026-11-01/v=one/'] });
	expect(lab.files()).toEqual(['one', 'three']);
	expect(lab.store.keys('landing/')).toHaveLength(1);
});

it('changes nothing on a dry run, and reports the same figures', async () => {
	const lab = await lakeOfThreeHeads();
	const before = lab.store.contents();
	const planned = await lab.vacuum(7 * dayMs, { dryRun: true });
	expect(lab.store.contents()).toEqual(before);
	expect(await lab.vacuum(7 * dayMs)).toEqual(planned);
});

it('keeps files that another run publishes meanwhile', async () => {
	const lab = timedLake();
	await lab.publish(await lab.write('old'));
	const late = await lab.write('late');
	lab.pass(13 * hourMs);
	// A run that is about to end names a file that has passed the grace: it must have begun within the 12 hours.
	await lab.publish(late);
	await lab.vacuum(0);
	expect(lab.files()).toContain('late');
});

describe('the clock of the machine', () => {
	it.each([
		['eight days ahead', 8 * dayMs],
		['eight days behind', -8 * dayMs],
		['six minutes ahead', 6 * 60_000],
	])('that is %s makes it refuse, and delete nothing', async (_, ms) => {
		const lab = await lakeOfThreeHeads();
		const running = await lab.write('running');
		const before = lab.store.contents();
		lab.setAhead(ms);
		await expect(lab.vacuum(7 * dayMs)).rejects.toThrow(ConfigurationError);
		await expect(lab.vacuum(7 * dayMs)).rejects.toThrow(
			/^The clock of this machine says 2026-11-\d\dT\S+Z, that of S3 2026-11-10T00:00:00.000Z. Set this machine's clock/,
		);
		expect(lab.store.contents()).toEqual(before);
		expect(lab.store.keys()).toContain(running);
	});

	it('that is off by a minute does not matter', async () => {
		const lab = await lakeOfThreeHeads();
		lab.setAhead(-60_000);
		expect(await lab.vacuum(7 * dayMs)).toMatchObject({ files: 2, oldestKept: 2 });
	});

	it('that committed a head does not age it: only the time at which S3 received it counts', async () => {
		const lab = timedLake();
		lab.setAhead(-30 * dayMs);
		for (const name of ['one', 'two', 'three']) await lab.publish(await lab.write(name));
		lab.setAhead(0);
		lab.pass(60_000);
		expect(await lab.vacuum(7 * dayMs)).toMatchObject({ files: 0, oldestKept: 1 });
		expect((await lab.lake.history()).map(({ number }) => number)).toEqual([1, 2, 3]);
	});
});

describe('what can’t be read', () => {
	it('keeps the files that a lost manifest of a table may have named', async () => {
		const lab = await lakeOfThreeHeads();
		const { head } = await lab.lake.newest();
		const manifest = head.tables.silver_orders ?? '';
		await lab.store.delete([manifest]);
		lab.pass(30 * dayMs);
		expect(await lab.vacuum(7 * dayMs)).toMatchObject({ unreadable: [manifest] });
		expect(lab.files()).toEqual(['one', 'three', 'two']);
	});

	it('deletes nothing while a kept head is lost, and continues once that head is older than the grace period', async () => {
		const lab = await lakeOfThreeHeads();
		await lab.store.delete(['_heads/0000000002.json']);
		expect(await lab.vacuum(9 * dayMs)).toMatchObject({ files: 0, unreadable: ['_heads/0000000002.json'] });
		lab.pass(30 * dayMs);
		expect(await lab.vacuum(7 * dayMs)).toMatchObject({ oldestKept: 3, unreadable: [] });
		expect(lab.files()).toEqual(['three']);
	});

	it('keeps objects that no run has written', async () => {
		const lab = await lakeOfThreeHeads();
		const strange = ['silver/.DS_Store', 'silver/orders/', 'gold/notes.txt', '_heads/.DS_Store'];
		for (const key of strange) await lab.store.putText(key, 'somebody’s');
		lab.pass(30 * dayMs);
		await lab.vacuum(7 * dayMs);
		expect(lab.store.keys()).toEqual(expect.arrayContaining(strange));
	});
});

it('has nothing to do in an empty lake', async () => {
	const lab = timedLake();
	expect(await lab.vacuum(7 * dayMs)).toEqual({ files: 0, bytes: 0, oldestKept: 0, unreadable: [] });
	expect(lab.store.keys()).toEqual([]);
});

it('deletes what a run on Athena left under _scratch/ by its age, and nothing that a running one may need', async () => {
	const lab = timedLake();
	await lab.store.putText('_scratch/kept/t1/data/a.parquet', 'left');
	lab.pass(8 * dayMs);
	await lab.store.putText('_scratch/attached/t2/metadata/0.avro', 'in use');
	lab.pass(hourMs);
	await lab.publish(await lab.write('one'));
	expect(await lab.vacuum(0, { dryRun: true })).toMatchObject({ files: 1 });
	await lab.vacuum(0);
	expect(lab.store.keys('_scratch/')).toEqual(['_scratch/attached/t2/metadata/0.avro']);
});
