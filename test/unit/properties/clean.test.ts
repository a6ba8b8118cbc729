import * as fc from 'fast-check';
import { histories, possible } from '../../support/histories';
import { MemoryStore } from '../../support/memory-store';
import { live } from '../../support/perform';
import { expectedSilver, silverState } from '../../support/state';

const numRuns = Number(process.env.SHOPLAKE_PROPERTY_RUNS ?? 8);
const timeLimitMs = 3_600_000;

test(
	'Silver, orphans and labels are a function of the batches admitted',
	async () => {
		await fc.assert(
			fc.asyncProperty(histories(), async (wanted) => {
				const history = possible(wanted).filter((step) => step.do !== 'aggregate');
				const store = new MemoryStore();
				const admissions = await live(store, history);
				expect(await silverState(store)).toEqual(expectedSilver(admissions.batches()));
			}),
			{ numRuns },
		);
	},
	timeLimitMs,
);
