import * as fc from 'fast-check';
import { histories, keepPossible } from '../../support/histories';
import { MemoryStore } from '../../support/memory-store';
import { perform, performHistory, stepStart } from '../../support/perform';
import { expectedGold, expectedSilver, readGold, readSilver } from '../../support/state';
import { runs, timeLimitMs } from './runs';

test(
	'Silver, orphans, labels and Gold depend only on the batches admitted; a rebuild changes nothing',
	async () => {
		await fc.assert(
			fc.asyncProperty(histories({ maxMoves: 7 }), async (wanted) => {
				const store = new MemoryStore();
				const history = keepPossible(wanted);
				const admitted = (await performHistory(store, history)).batches();
				expect(await readSilver(store)).toEqual(expectedSilver(admitted));

				const now = stepStart(history.length);
				await perform(store, { do: 'aggregate' }, now);
				expect(await readGold(store)).toEqual(expectedGold(admitted));

				expect(await perform(store, { do: 'rebuild' }, now)).toBe('unchanged');
			}),
			{ numRuns: runs(5) },
		);
	},
	timeLimitMs,
);
