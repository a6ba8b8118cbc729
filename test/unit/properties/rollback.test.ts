import * as fc from 'fast-check';
import { batchIds, histories, keepPossible } from '../../support/histories';
import { readHead } from '../../support/lake-digest';
import { MemoryStore } from '../../support/memory-store';
import type { Admissions } from '../../support/model';
import { perform, performHistory, stepStart } from '../../support/perform';
import { expectedGold, expectedSilver, readGold, readSilver } from '../../support/state';
import { runs, timeLimitMs } from './runs';

test(
	'a rollback restores an earlier state, from which the batches can be admitted again',
	async () => {
		await fc.assert(
			fc.asyncProperty(
				histories({ maxMoves: 6 }),
				fc.double({ min: 0, max: 0.999, noNaN: true }),
				async (wanted, place) => {
					const store = new MemoryStore();
					const history = keepPossible(wanted);
					const past: { head: number; admissions: Admissions }[] = [];
					const admissions = await performHistory(store, history, async (then) => {
						past.push({ head: await readHead(store), admissions: then.clone() });
					});
					const target = past[Math.floor(place * past.length)] as (typeof past)[number];
					const now = stepStart(history.length);
					await perform(store, { do: 'rollback', to: target.head }, now);
					expect(await readSilver(store)).toEqual(expectedSilver(target.admissions.batches()));

					const batches = batchIds.filter((id) => admissions.knows(id, 'ingested'));
					for (const id of batches) admissions.clean(id);
					await perform(store, { do: 'clean', batches }, now);
					await perform(store, { do: 'aggregate' }, now);
					expect(await readSilver(store)).toEqual(expectedSilver(admissions.batches()));
					expect(await readGold(store)).toEqual(expectedGold(admissions.batches()));
				},
			),
			{ numRuns: runs(2) },
		);
	},
	timeLimitMs,
);
