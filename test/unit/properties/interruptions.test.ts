import * as fc from 'fast-check';
import { NoInputError } from '../../../tasks/platform/errors';
import { dyingAt } from '../../support/dying-at';
import { admit, histories, keepPossible, type Task } from '../../support/histories';
import { listMissingObjects, readDigest, readHead } from '../../support/lake-digest';
import { MemoryStore } from '../../support/memory-store';
import { type AnyTask, perform, performHistory, stepStart } from '../../support/perform';
import { expectedSilver, readSilver } from '../../support/state';
import { runs, timeLimitMs } from './runs';

/** A lake with a past, and a task that is now to be done. */
interface Moment {
	readonly store: MemoryStore;
	readonly task: AnyTask;
	readonly now: string;
	readonly expected: ReturnType<typeof expectedSilver>;
}

/** A history without tasks side by side, one of whose tasks (`place`, 0 to 1) is the one to interrupt. */
const moments = fc.record({
	history: histories({ maxMoves: 5 }).map((wanted) => keepPossible(wanted.filter((step) => step.do !== 'together'))),
	place: fc.double({ min: 0, max: 0.999, noNaN: true }),
	rebuild: fc.boolean(),
});

async function firstMoment({
	history,
	place,
	rebuild,
}: typeof moments extends fc.Arbitrary<infer T> ? T : never): Promise<Moment> {
	const store = new MemoryStore();
	const at = Math.floor(place * history.length);
	const now = stepStart(at);
	const admissions = await performHistory(store, history.slice(0, at));
	const task: AnyTask = rebuild && place > 0.8 ? { do: 'rebuild' } : (history[at] as Task);
	if (task.do !== 'rebuild') admit(admissions, task, now);
	return { store, task, now, expected: expectedSilver(admissions.batches()) };
}

/** Runs the task again; a withdrawal that has already been published finds nothing to do. */
const performAgain = ({ store, task, now }: Moment) =>
	perform(store, task, now).catch((error: unknown) => {
		if (task.do === 'withdraw' && error instanceof NoInputError) return 'unchanged';
		throw error;
	});

test(
	'a task that is killed anywhere and run again ends as an undisturbed one; readers see complete states only',
	async () => {
		await fc.assert(
			fc.asyncProperty(
				moments,
				fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
				fc.constantFrom('before' as const, 'after' as const),
				async (wanted, places, when) => {
					const moment = await firstMoment(wanted);
					const { task, now, expected } = moment;
					const undisturbed = moment.store.clone();
					const { hooks, count } = dyingAt(Number.POSITIVE_INFINITY, when);
					const read: string[][] = [];
					const poll = async () => void read.push(await listMissingObjects(undisturbed));
					await perform(undisturbed.door({ ...hooks, after: poll }), task, now);
					expect(read.flat()).toEqual([]);
					expect(await readSilver(undisturbed)).toEqual(expected);

					for (const place of places) {
						const store = moment.store.clone();
						const before = [await readHead(store), store.contents()] as const;
						const death = Math.ceil(place * count.operations);
						const killed = dyingAt(death, when);
						await perform(store.door(killed.hooks), task, now).catch(() => undefined);
						expect(killed.count.refused).toBeGreaterThan(0);
						expect(await listMissingObjects(store)).toEqual([]);
						const [head, contents] = before;
						// What a head names never changes: where no head was added, readers see what they saw.
						const { '_hints/newest-head': _, ...rest } = contents;
						expect(store.contents()).toMatchObject(rest);
						expect((await readHead(store)) - head).toBeLessThanOrEqual(task.do === 'rebuild' ? 3 : 1);

						await performAgain({ ...moment, store });
						expect(await readDigest(store)).toEqual(await readDigest(undisturbed));
					}
				},
			),
			{ numRuns: runs(5) },
		);
	},
	timeLimitMs,
);

test(
	'a commit whose answer is lost is recognised as made',
	async () => {
		await fc.assert(
			fc.asyncProperty(moments, async (wanted) => {
				const { store, task, now } = await firstMoment(wanted);
				const undisturbed = store.clone();
				const status = await perform(undisturbed, task, now);
				const door = store.door({ losesAnswer: (key) => key.startsWith('_heads/') });
				expect(await perform(door, task, now)).toBe(status);
				expect(await readHead(store)).toBe(await readHead(undisturbed));
				expect(await readDigest(store)).toEqual(await readDigest(undisturbed));
			}),
			{ numRuns: runs(3) },
		);
	},
	timeLimitMs,
);

test(
	'a task that is run twice changes nothing the second time',
	async () => {
		await fc.assert(
			fc.asyncProperty(moments, async (wanted) => {
				const moment = await firstMoment(wanted);
				const { store, task, now } = moment;
				await perform(store, task, now);
				const head = await readHead(store);
				expect(await performAgain(moment)).toBe('unchanged');
				expect(await readHead(store)).toBe(head);
			}),
			{ numRuns: runs(3) },
		);
	},
	timeLimitMs,
);
