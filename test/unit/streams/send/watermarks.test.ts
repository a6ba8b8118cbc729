import * as fc from 'fast-check';
import { Watermarks } from '../../../../tasks/streams/send/watermarks';

const record = (file: string, line: number) => ({ file, line, data: new Uint8Array(1) });

test('a line counts once its batch and every batch before it are delivered, in any order', () => {
	const orders = fc
		.integer({ min: 1, max: 12 })
		.chain((count) => fc.shuffledSubarray(Array.from({ length: count }, (_, place) => place)));
	fc.assert(
		fc.property(orders, (order) => {
			const watermarks = new Watermarks({ a: 3 });
			const count = Math.max(0, ...order) + 2;
			const delivered = Array.from({ length: count }, (_, place) => watermarks.begin([record('a', 4 + place)]));
			for (const place of order) delivered[place]?.();
			let prefix = 0;
			while (order.includes(prefix)) prefix++;
			expect(watermarks.line('a')).toBe(3 + prefix);
		}),
	);
});

test('one batch may hold the end of a source and the start of the next', () => {
	const watermarks = new Watermarks({});
	const delivered = watermarks.begin([record('a', 1), record('a', 2), record('b', 1)]);
	expect(watermarks.lines).toEqual({});
	delivered();
	expect(watermarks.lines).toEqual({ a: 2, b: 1 });
	expect(watermarks.line('c')).toBe(0);
});
