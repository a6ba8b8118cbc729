import * as fc from 'fast-check';
import { growingSeasons } from '../../support/histories';
import { MemoryStore } from '../../support/memory-store';
import { perform, performHistory, stepStart } from '../../support/perform';
import { expectedGold, readGold } from '../../support/state';
import { runs, timeLimitMs } from './runs';

test(
	'Gold over forty days that come in parts is what the sales say, medians and ranks included',
	async () => {
		await fc.assert(
			fc.asyncProperty(growingSeasons, async (history) => {
				const store = new MemoryStore();
				const admitted = (await performHistory(store, history)).batches();
				await perform(store, { do: 'aggregate' }, stepStart(history.length));
				expect(await readGold(store)).toEqual(expectedGold(admitted));
			}),
			{ numRuns: runs(1) },
		);
	},
	timeLimitMs,
);
