import * as fc from 'fast-check';
import { histories, possible } from '../../support/histories';
import { MemoryStore } from '../../support/memory-store';
import { live, perform, stepStart } from '../../support/perform';
import { expectedGold, expectedSilver, goldState, silverState } from '../../support/state';
import { runs, timeLimitMs } from './runs';

test(
	'Silver, orphans, labels and Gold are a function of the batches admitted, and what a rebuild gives',
	async () => {
		await fc.assert(
			fc.asyncProperty(histories({ maxMoves: 7 }), async (wanted) => {
				const store = new MemoryStore();
				const history = possible(wanted);
				const admitted = (await live(store, history)).batches();
				expect(await silverState(store)).toEqual(expectedSilver(admitted));

				const now = stepStart(history.length);
				await perform(store, { do: 'aggregate' }, now);
				expect(await goldState(store)).toEqual(expectedGold(admitted));

				expect(await perform(store, { do: 'rebuild' }, now)).toBe('unchanged');
			}),
			{ numRuns: runs(5) },
		);
	},
	timeLimitMs,
);
