import fc from 'fast-check';
import { LoneReturns, lastLineEnd, unixLineEnds, withoutByteOrderMarks } from '../../../tasks/platform/line-ends';

const text = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r'), maxLength: 30 });
const lines = (of: string) => of.split(/\r\n|\n|\r/);

test('the lines of a text stay the same where its line ends become those of Unix', () => {
	fc.assert(
		fc.property(text, (mixed) => expect(unixLineEnds(Buffer.from(mixed)).toString().split('\n')).toEqual(lines(mixed))),
	);
});

test('the lines of a stream stay the same where lone carriage returns become line feeds, however it is cut', () => {
	fc.assert(
		fc.property(text, fc.integer({ min: 1, max: 5 }), (mixed, bytes) => {
			const all = Buffer.from(mixed);
			const returns = new LoneReturns();
			const replaced: Buffer[] = [];
			for (let at = 0; at < all.length; at += bytes) replaced.push(returns.replace(all.subarray(at, at + bytes)));
			const result = Buffer.concat([...replaced, returns.rest()]).toString();
			expect(result.split(/\r?\n/)).toEqual(lines(mixed));
			expect(result.replaceAll('\r\n', '')).not.toContain('\r');
		}),
	);
});

test('a piece of a text is cut behind a line end that is whole for sure', () => {
	expect(['a\nb\rc', 'a\nb\r', 'a\r\nb', 'a\r', 'a', ''].map((piece) => lastLineEnd(Buffer.from(piece)))).toEqual([
		3, 1, 2, -1, -1, -1,
	]);
});

test('byte order marks go where they begin a line, and stay elsewhere', () => {
	const joined = '\ufeffa\ufeff\n\ufeff\ufeffé\n\n\ufeff';
	expect(withoutByteOrderMarks(Buffer.from(joined)).toString()).toBe('a\ufeff\né\n\n');
});
