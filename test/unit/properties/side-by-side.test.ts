import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { admit, ingestionsOfOneShop, type Task } from '../../support/histories';
import { listMissingObjects } from '../../support/lake-digest';
import { MemoryStore, type StoreHooks } from '../../support/memory-store';
import { Admissions } from '../../support/model';
import { perform, stepStart } from '../../support/perform';
import { expectedGold, expectedSilver, readGold, readSilver } from '../../support/state';
import { runs, timeLimitMs } from './runs';

/** How far tasks that ran at once got into each other's way. */
interface Interleaving {
	/** How often an operation on the store followed one of another task. */
	readonly switches: number;
	/** How many commits found that another task had committed first. */
	readonly lostCommits: number;
}

/**
 * Performs tasks at once, each over a door of its own with pauses of its own. Nobody commits before each of them is
 * about to commit or has ended, so all of them work on the same head, and all but one have to work again.
 */
async function performAtOnce(
	store: MemoryStore,
	tasks: readonly Task[],
	pauses: readonly number[],
): Promise<Interleaving> {
	const countHeads = () => store.keys('_heads/').length;
	const headsBefore = countHeads();
	const seen = { switches: 0, attempts: 0 };
	const working = new Set(tasks);
	let release = () => {};
	const allAreReady = new Promise<void>((resolve) => {
		release = resolve;
	});
	const isReady = (task: Task) => {
		working.delete(task);
		if (working.size === 0) release();
	};
	let next = 0;
	let last: Task | undefined;
	const pause = async () => {
		for (let turns = pauses[next++ % pauses.length] ?? 0; turns > 0; turns--) await setImmediate();
	};
	const hooks = (task: Task): StoreHooks => ({
		before: async (operation, key) => {
			await pause();
			if (last !== undefined && last !== task) seen.switches++;
			last = task;
			if (operation !== 'createText' || !key.startsWith('_heads/')) return;
			isReady(task);
			await allAreReady;
			seen.attempts++;
		},
		after: pause,
	});
	await Promise.all(
		tasks.map((task) => perform(store.door(hooks(task)), task, stepStart(0)).finally(() => isReady(task))),
	);
	return { switches: seen.switches, lostCommits: seen.attempts - (countHeads() - headsBefore) };
}

/** Looks over and over, until work is done, for objects that the newest head needs and the store does not have. */
async function whileReading(store: MemoryStore, work: Promise<unknown>): Promise<{ looks: number; missing: string[] }> {
	const seen = { looks: 0, missing: [] as string[] };
	let isDone = false;
	const done = work.finally(() => {
		isDone = true;
	});
	while (!isDone) {
		seen.missing.push(...(await listMissingObjects(store)));
		seen.looks++;
		await sleep(5);
	}
	await done;
	return seen;
}

test(
	'batches that are ingested, cleaned and aggregated all at once give what they give one by one',
	async () => {
		await fc.assert(
			fc.asyncProperty(
				ingestionsOfOneShop(3),
				fc.array(fc.nat(20), { minLength: 5, maxLength: 30 }),
				async (ingestions, pauses) => {
					const store = new MemoryStore();
					const admissions = new Admissions();
					const cleans: Task[] = ingestions.map(({ batch }) => ({ do: 'clean', batches: [batch] }));
					for (const task of [...ingestions, ...cleans]) admit(admissions, task, stepStart(0));
					const admitted = admissions.batches();

					expectInterleaved(await performAtOnce(store, ingestions, pauses), ingestions.length);
					const aggregates: Task[] = [{ do: 'aggregate' }, { do: 'aggregate' }];
					const work = performAtOnce(store, [...cleans, ...aggregates], pauses);
					const { looks, missing } = await whileReading(store, work);
					expectInterleaved(await work, cleans.length);
					expect(looks).toBeGreaterThan(cleans.length);
					expect(missing).toEqual([]);
					expect(await readSilver(store)).toEqual(expectedSilver(admitted));

					await performAtOnce(store, [{ do: 'aggregate' }, { do: 'aggregate' }], pauses);
					expect(await readGold(store)).toEqual(expectedGold(admitted));
				},
			),
			{ numRuns: runs(2) },
		);
	},
	timeLimitMs,
);

/** Of tasks that all have something to commit, all but one lose their first commit. */
function expectInterleaved({ switches, lostCommits }: Interleaving, committing: number): void {
	expect(lostCommits).toBeGreaterThanOrEqual(committing - 1);
	expect(switches).toBeGreaterThan(committing);
}
