import fc from 'fast-check';
import type { TaskContext } from '../../../../tasks/context';
import { keysTable, type PartitionEntry, type TableManifest } from '../../../../tasks/lake';
import { addOrderDates, possibleOrderDates } from '../../../../tasks/pipeline/silver/key-index';
import { planRuns } from '../../../../tasks/pipeline/silver/key-runs';
import type { SilverRun } from '../../../../tasks/pipeline/silver/silver-run';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';

type Move = readonly [id: string, oldDate: string | null, newDate: string | null];
const name = keysTable('orders');
const empty: TableManifest = { format: 2, table: name, contract: 1, partitions: {} };

let context: TaskContext;
let dispose: () => Promise<void>;
beforeAll(() => {
	({ context, dispose } = testContext({ store: new MemoryStore() }));
});
afterAll(() => dispose());

/** An index in a store of the test's own. */
function openIndex(manifest = empty) {
	let current = manifest;
	let attempts = 0;
	const attached: string[][] = [];
	const run = async (): Promise<SilverRun> => {
		const engine = await context.engine();
		const counting = new Proxy(engine, {
			get: (target, key) => {
				const value = Reflect.get(target, key);
				if (key !== 'attach') return typeof value === 'function' ? value.bind(target) : value;
				return (...given: Parameters<typeof engine.attach>) => {
					attached.push([...(given[2] ?? Object.keys(given[1].partitions))]);
					return target.attach(...given);
				};
			},
		});
		const snapshot = { table: async () => current };
		return { engine: counting, snapshot, attempt: `a${process.hrtime.bigint()}-${++attempts}` } as unknown as SilverRun;
	};
	return {
		attached,
		entries: () => Object.values(current.partitions),
		forgetRanges: () => {
			const bare = ({ facts: _, ...entry }: PartitionEntry): PartitionEntry => entry;
			current = {
				...current,
				partitions: Object.fromEntries(Object.entries(current.partitions).map(([run, entry]) => [run, bare(entry)])),
			};
		},
		add: async (moves: readonly Move[]) => {
			const silver = await run();
			const moved = await silver.engine.view(
				`select * from (values ${moves.map((move) => `(${move.map((value) => (value === null ? 'null' : `'${value}'`)).join(', ')})`).join(', ')})
				 as moved (order_id, old_text, new_text)`,
			);
			const typed = await silver.engine.view(
				`select order_id, cast(old_text as date) as old_date, cast(new_text as date) as new_date from ${moved.name}`,
			);
			current = (await addOrderDates(silver, typed)) ?? current;
		},
		find: async (ids: readonly string[]) => {
			const silver = await run();
			const rows = ids.map((id) => [id]);
			attached.length = 0;
			return (await possibleOrderDates(silver, await silver.engine.texts({ order_id: 'varchar' }, rows))).sort();
		},
	};
}

const day = (number: number) => new Date(Date.UTC(2026, 0, number)).toISOString().slice(0, 10);
/** The orders of a day, whose ids count up over the days: o8, …, o12, …. */
const ordersOf = (number: number): Move[] =>
	Array.from({ length: 4 }, (_, index) => [`o${number * 4 + index}`, null, day(number)]);

it('the dates of an order are found, those of other orders are not', async () => {
	const index = openIndex();
	for (let number = 1; number <= 5; number++) await index.add(ordersOf(number));
	expect(await index.find(['o13', 'o21'])).toEqual([day(3), day(5)]);
	await index.add([['o13', day(3), day(4)]]);
	expect(await index.find(['o13'])).toEqual([day(3), day(4)]);
	expect(await index.find(['o1', 'o99', 'x13'])).toEqual([]);
});

it('ids that no run has in its range cost no file', async () => {
	const index = openIndex();
	for (let number = 1; number <= 5; number++) await index.add(ordersOf(number));
	expect(await index.find(['o24', 'o25', 'o100', 'o1'])).toEqual([]);
	expect(index.attached).toEqual([]);
});

it('a late order and one that moves don’t widen the ranges of other runs', async () => {
	const index = openIndex();
	const many = (from: number, date: string): Move[] =>
		Array.from({ length: 200 }, (_, number) => [`o${from + number}`, null, date]);
	await index.add([...many(1000, day(1)), ['o100', null, '2020-01-01']]);
	await index.add([...many(2000, day(2)), ['o101', '2020-01-01', day(2)]]);
	const ranges = index.entries().map(({ facts, rows }) => [facts?.least, facts?.most, rows]);
	expect(ranges).toEqual(
		expect.arrayContaining([
			['0005o1000', '0005o2199', 400],
			[undefined, undefined, 2],
		]),
	);
	expect(await index.find(['o100', 'o101', 'o1500', 'o2001'])).toEqual(['2020-01-01', day(2)]);
});

it('runs of an earlier version, which have no range, are always searched, and merged as before', async () => {
	const index = openIndex();
	for (let number = 1; number <= 3; number++) await index.add(ordersOf(number));
	index.forgetRanges();
	expect(await index.find(['o13', 'o99'])).toEqual([day(3)]);
	await index.add(ordersOf(4));
	expect(await index.find(['o5', 'o17'])).toEqual([day(1), day(4)]);
	const before = index.entries().filter(({ facts }) => !facts);
	await index.add([['o5', day(1), day(6)]]);
	expect(index.entries().filter(({ facts }) => !facts).length).toBeLessThanOrEqual(before.length + 1);
	expect(await index.find(['o5'])).toEqual([day(1), day(6)]);
});

it('a run with a range stays within its size, and takes no run without one', () => {
	const entry = (rows: number, facts?: Record<string, string>): PartitionEntry => ({
		version: 'v',
		files: [],
		rows,
		fingerprint: 'f',
		...(facts ? { facts } : {}),
	});
	const stored = {
		old: entry(10),
		small: entry(900_000, { least: 'b', most: 'c' }),
		full: entry(1_900_000, { least: 'd', most: 'e' }),
	};
	const added = [1, 2, 3].map((number) => ({
		date: day(number),
		kind: 'new' as const,
		orders: 1_000_000,
		least: `z${number}`,
		most: `z${number}9`,
	}));
	expect(planRuns(added, stored).map(({ dates, range, merged }) => [dates.length, range, merged])).toEqual([
		[2, { least: 'z1', most: 'z29' }, []],
		[1, { least: 'b', most: 'z39' }, ['small']],
	]);
});

it('no date is ever missing, whatever the ids and the order of what happens', async () => {
	const id = fc.oneof(
		fc.integer({ min: 0, max: 400 }).map((number) => `o${number}`),
		fc.stringMatching(/^[a-c0-1é😀]{1,3}$/u),
	);
	const added = fc.array(fc.tuple(id, fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 30 });
	await fc.assert(
		fc.asyncProperty(
			fc.array(added, { minLength: 1, maxLength: 5 }),
			fc.array(id, { maxLength: 5 }),
			async (steps, others) => {
				const index = openIndex();
				const now = new Map<string, string>();
				const ever = new Map<string, Set<string>>();
				for (const step of steps) {
					const moves = new Map<string, Move>();
					for (const [key, number] of step) {
						const old = now.get(key) ?? null;
						if (old !== day(number)) moves.set(key, [key, old, day(number)]);
					}
					for (const [key, , date] of moves.values()) {
						now.set(key, date as string);
						ever.set(key, (ever.get(key) ?? new Set()).add(date as string));
					}
					if (moves.size > 0) await index.add([...moves.values()]);
				}
				const asked = [...new Set([...[...ever.keys()].slice(0, 3), ...others])];
				const expected = [...new Set(asked.flatMap((key) => [...(ever.get(key) ?? [])]))].sort();
				if (asked.length > 0) expect(await index.find(asked)).toEqual(expected);
			},
		),
		{ numRuns: 25 },
	);
});
