import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { admit, ingestionsOfOneShop, type Task } from '../../support/histories';
import { missingObjects } from '../../support/lake-digest';
import { MemoryStore } from '../../support/memory-store';
import { Admissions } from '../../support/model';
import { perform, stepStart } from '../../support/perform';
import { expectedGold, expectedSilver, goldState, silverState } from '../../support/state';
import { runs, timeLimitMs } from './runs';

/** Does tasks at once, each over a door of its own that is slow in its own way. */
async function performAtOnce(store: MemoryStore, tasks: readonly Task[], pauses: readonly number[]): Promise<void> {
	let next = 0;
	const pause = async () => {
		for (let turns = pauses[next++ % pauses.length] ?? 0; turns > 0; turns--) await setImmediate();
	};
	await Promise.all(tasks.map((task) => perform(store.door({ before: pause, after: pause }), task, stepStart(0))));
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

					await performAtOnce(store, ingestions, pauses);
					const poll = setInterval(() => void missingObjects(store).then((keys) => missing.push(...keys)), 5);
					const missing: string[] = [];
					await performAtOnce(store, [...cleans, { do: 'aggregate' }, { do: 'aggregate' }], pauses);
					clearInterval(poll);
					expect(missing).toEqual([]);
					expect(await silverState(store)).toEqual(expectedSilver(admitted));

					await performAtOnce(store, [{ do: 'aggregate' }, { do: 'aggregate' }], pauses);
					expect(await goldState(store)).toEqual(expectedGold(admitted));
				},
			),
			{ numRuns: runs(2) },
		);
	},
	timeLimitMs,
);
