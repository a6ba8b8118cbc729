import * as fc from 'fast-check';
import { growingSeasons } from '../../support/histories';
import { MemoryStore } from '../../support/memory-store';
import { live, perform, stepStart } from '../../support/perform';
import { expectedGold, goldState } from '../../support/state';
import { runs, timeLimitMs } from './runs';

test(
	'Gold over forty days that come in parts is what the sales say, medians and ranks included',
	async () => {
		await fc.assert(
			fc.asyncProperty(growingSeasons, async (history) => {
				const store = new MemoryStore();
				const admitted = (await live(store, history)).batches();
				await perform(store, { do: 'aggregate' }, stepStart(history.length));
				expect(await goldState(store)).toEqual(expectedGold(admitted));
			}),
			{ numRuns: runs(1) },
		);
	},
	timeLimitMs,
);
