import * as fc from 'fast-check';
import { Batcher, splitBatches } from '../../../../tasks/streams/send/batcher';

const sized = (length: number) => ({ data: { length } as Uint8Array });
const shape = (batches: readonly (readonly { data: Uint8Array }[])[]) =>
	batches.map((batch) => batch.map(({ data }) => data.length));

test('a batch has 500 records at most', () => {
	expect(shape(splitBatches(Array.from({ length: 1001 }, () => sized(1)))).map(({ length }) => length)).toEqual([
		500, 500, 1,
	]);
});

test('a batch has 4 MiB at most', () => {
	const half = 2 * 1024 ** 2;
	expect(shape(splitBatches([sized(half), sized(half), sized(1)]))).toEqual([[half, half], [1]]);
	expect(shape(splitBatches([sized(half), sized(half + 1), sized(1)]))).toEqual([[half], [half + 1, 1]]);
});

test('no records make no batch', () => {
	expect(splitBatches([])).toEqual([]);
	expect(new Batcher().rest()).toEqual([]);
});

test('every record is in one batch, in its order, and no batch could have taken the next record', () => {
	const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 1_024_000 })), {
		size: '+2',
	});
	fc.assert(
		fc.property(sizes, (lengths) => {
			const batches = shape(splitBatches(lengths.map(sized)));
			expect(batches.flat()).toEqual(lengths);
			for (const [place, batch] of batches.entries()) {
				const bytes = batch.reduce((sum, length) => sum + length, 0);
				expect(bytes).toBeLessThanOrEqual(4_194_304);
				expect(batch.length).toBeLessThanOrEqual(500);
				const next = batches[place + 1]?.[0];
				if (next !== undefined) expect(batch.length === 500 || bytes + next > 4_194_304).toBe(true);
			}
		}),
	);
});
