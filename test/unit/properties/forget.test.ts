import * as fc from 'fast-check';
import { dyingAt } from '../../support/dying-at';
import { findText } from '../../support/find-text';
import { histories, keepPossible } from '../../support/histories';
import { listMissingObjects, readDigest } from '../../support/lake-digest';
import { MemoryStore } from '../../support/memory-store';
import { withoutPerson } from '../../support/model';
import { perform, performHistory, stepStart } from '../../support/perform';
import { expectedGold, expectedSilver, readGold, readSilver } from '../../support/state';
import { forgetPerson, verifyStore } from '../pipeline/forget/forgetting-lake';
import { runs, timeLimitMs } from './runs';

/** One of the users of the histories; no other text in a lake has these letters. */
const person = 'Ümit';

/** A lake with a history, on a clock of its own that never stands still. */
async function lakeWithPast(wanted: Parameters<typeof keepPossible>[0]) {
	let time = Date.parse('2026-11-21T06:00:00Z');
	const store = new MemoryStore({
		clock: () => {
			time += 1000;
			return new Date(time);
		},
	});
	const history = keepPossible(wanted);
	const admissions = await performHistory(store, history);
	return { store, expected: withoutPerson(admissions, person), now: stepStart(history.length) };
}

const forget = (store: MemoryStore, now: string) => forgetPerson(store, person, { now: new Date(now) });

test(
	'after a person is forgotten no object has the id, and the lake is as if the records had never been sent',
	async () => {
		await fc.assert(
			fc.asyncProperty(histories({ maxMoves: 6 }), async (wanted) => {
				const { store, expected, now } = await lakeWithPast(wanted);
				const { near_matches, left } = await forget(store, now);
				expect({ near_matches, left }).toEqual({ near_matches: [], left: [] });
				expect(await findText(store, person)).toEqual([]);
				expect(await readSilver(store)).toEqual(expectedSilver(expected.batches()));
				expect(await verifyStore(store)).toEqual([]);
				await perform(store, { do: 'aggregate' }, now);
				expect(await readGold(store)).toEqual(expectedGold(expected.batches()));
				expect(await perform(store, { do: 'rebuild' }, now)).toBe('unchanged');
				expect(await forget(store, now)).toMatchObject({ status: 'unchanged', records: [] });
			}),
			{ numRuns: runs(2) },
		);
	},
	timeLimitMs,
);

test(
	'a run of forget that is killed anywhere is completed by the next one; until then readers see complete states',
	async () => {
		await fc.assert(
			fc.asyncProperty(
				histories({ maxMoves: 4 }),
				fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
				fc.constantFrom('before' as const, 'after' as const),
				async (wanted, places, when) => {
					const { store, now } = await lakeWithPast(wanted);
					const undisturbed = store.clone();
					const { hooks, count } = dyingAt(Number.POSITIVE_INFINITY, when);
					await forget(undisturbed.door(hooks), now);
					for (const place of places) {
						const own = store.clone();
						const killed = dyingAt(Math.max(1, Math.ceil(place * count.operations)), when);
						await forget(own.door(killed.hooks), now).catch(() => undefined);
						expect(killed.count.refused).toBeGreaterThan(0);
						expect(await listMissingObjects(own)).toEqual([]);
						await forget(own, now);
						expect(await findText(own, person)).toEqual([]);
						expect(await verifyStore(own)).toEqual([]);
						expect(await readDigest(own)).toEqual(await readDigest(undisturbed));
					}
				},
			),
			{ numRuns: runs(1) },
		);
	},
	timeLimitMs,
);
