import * as fc from 'fast-check';
import { NoInputError } from '../../../tasks/platform/errors';
import { admit, histories, possible, type Task } from '../../support/histories';
import { lakeDigest, missingObjects, readHead } from '../../support/lake-digest';
import { MemoryStore, type StoreHooks } from '../../support/memory-store';
import { type AnyTask, live, perform, stepStart } from '../../support/perform';
import { expectedSilver, silverState } from '../../support/state';
import { runs, timeLimitMs } from './runs';

/** A lake with a past, and a task that is now to be done. */
interface Moment {
	readonly store: MemoryStore;
	readonly task: AnyTask;
	readonly now: string;
	readonly expected: ReturnType<typeof expectedSilver>;
}

/** A history without tasks side by side, of which one task (0 to 1: where it stands) is looked at closely. */
const moments = fc.record({
	history: histories({ maxMoves: 5 }).map((wanted) => possible(wanted.filter((step) => step.do !== 'together'))),
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
	const admissions = await live(store, history.slice(0, at));
	const task: AnyTask = rebuild && place > 0.8 ? { do: 'rebuild' } : (history[at] as Task);
	if (task.do !== 'rebuild') admit(admissions, task, now);
	return { store, task, now, expected: expectedSilver(admissions.batches()) };
}

/** Hooks that end the process at its n-th operation: before it takes effect, or after. Counts the operations. */
function dyingAt(n: number, when: 'before' | 'after') {
	const count = { operations: 0 };
	const stop = (dead: boolean) => {
		if (dead) throw new Error('killed');
	};
	const hooks: StoreHooks = {
		before: () => stop(++count.operations > n || (count.operations === n && when === 'before')),
		after: () => stop(count.operations >= n && when === 'after'),
	};
	return { hooks, count };
}

/** Does the task again as whoever runs it would; a withdrawal that was already done finds nothing to do. */
const again = ({ store, task, now }: Moment) =>
	perform(store, task, now).catch((error: unknown) => {
		if (task.do === 'withdraw' && error instanceof NoInputError) return 'unchanged';
		throw error;
	});

test(
	'a task that is killed anywhere and run again leaves what an undisturbed one leaves; readers only see whole states',
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
					const poll = async () => void read.push(await missingObjects(undisturbed));
					await perform(undisturbed.door({ ...hooks, after: poll }), task, now);
					expect(read.flat()).toEqual([]);
					expect(await silverState(undisturbed)).toEqual(expected);

					for (const place of places) {
						const store = moment.store.clone();
						const before = [await readHead(store), store.contents()] as const;
						const death = Math.ceil(place * count.operations);
						await perform(store.door(dyingAt(death, when).hooks), task, now).catch(() => undefined);
						expect(await missingObjects(store)).toEqual([]);
						const [head, contents] = before;
						// What a head names never changes: where no head was added, readers see what they saw.
						const { '_hints/newest-head': _, ...rest } = contents;
						expect(store.contents()).toMatchObject(rest);
						expect((await readHead(store)) - head).toBeLessThanOrEqual(task.do === 'rebuild' ? 3 : 1);

						await again({ ...moment, store });
						expect(await lakeDigest(store)).toEqual(await lakeDigest(undisturbed));
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
				expect(await lakeDigest(store)).toEqual(await lakeDigest(undisturbed));
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
				expect(await again(moment)).toBe('unchanged');
				expect(await readHead(store)).toBe(head);
			}),
			{ numRuns: runs(3) },
		);
	},
	timeLimitMs,
);
