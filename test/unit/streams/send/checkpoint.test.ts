import * as fc from 'fast-check';
import { Reach } from '../../../../tasks/streams/send/checkpoint';

const record = (file: string, line: number) => ({ file, line, data: new Uint8Array(1) });

test('a line counts when its batch and all before it are taken, in whatever order they are', () => {
	const orders = fc
		.integer({ min: 1, max: 12 })
		.chain((count) => fc.shuffledSubarray(Array.from({ length: count }, (_, place) => place)));
	fc.assert(
		fc.property(orders, (order) => {
			const reach = new Reach({ a: 3 });
			const count = Math.max(0, ...order) + 2;
			const taken = Array.from({ length: count }, (_, place) => reach.begin([record('a', 4 + place)]));
			for (const place of order) taken[place]?.();
			let prefix = 0;
			while (order.includes(prefix)) prefix++;
			expect(reach.of('a')).toBe(3 + prefix);
		}),
	);
});

test('a batch may end one source and begin the next', () => {
	const reach = new Reach({});
	const taken = reach.begin([record('a', 1), record('a', 2), record('b', 1)]);
	expect(reach.lines).toEqual({});
	taken();
	expect(reach.lines).toEqual({ a: 2, b: 1 });
	expect(reach.of('c')).toBe(0);
});
