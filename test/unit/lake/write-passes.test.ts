import { planPasses } from '../../../tasks/lake/write-passes';

const memory = 256 * 1024 ** 2;
const days = (count: number, rows: number) =>
	Array.from({ length: count }, (_, day) => ({ partition: String(day).padStart(4, '0'), rows }));
const sizes = (passes: readonly string[][]) => passes.map(({ length }) => length);

it('writes partitions that fit into memory in one pass, in the order of their names', () => {
	const counted = ['2026-11-21', 'none', '2026-11-20'].map((partition) => ({ partition, rows: 1000 }));
	expect(planPasses(counted, memory)).toEqual([['2026-11-20', '2026-11-21', 'none']]);
});

it('begins a pass where the rows of the one before fill the memory', () => {
	expect(sizes(planPasses(days(10, 100_000), memory))).toEqual([2, 2, 2, 2, 2]);
	expect(sizes(planPasses(days(10, 100_000), 2 * memory))).toEqual([5, 5]);
});

it('gives a partition that is larger than memory a pass of its own', () => {
	const counted = [100, 3_000_000, 100].map((rows, day) => ({ partition: String(day), rows }));
	expect(planPasses(counted, memory)).toEqual([['0'], ['1'], ['2']]);
});

it('gives a large partition with most of the rows a pass of its own, even where all would fit into memory', () => {
	const counted = [100, 150_000, 100, 200].map((rows, day) => ({ partition: String(day), rows }));
	expect(planPasses(counted, memory)).toEqual([['0'], ['1'], ['2', '3']]);
	const few = counted.map(({ partition, rows }) => ({ partition, rows: rows / 100 }));
	expect(planPasses(few, memory)).toEqual([['0', '1', '2', '3']]);
});

it('keeps no more files open than DuckDB may, however few their rows are', () => {
	expect(sizes(planPasses(days(300, 1), memory))).toEqual([128, 128, 44]);
});

it('has no pass where no partition has rows', () => {
	expect(planPasses([], memory)).toEqual([]);
});
