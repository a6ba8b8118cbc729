import fc from 'fast-check';
import { codeTokens, tokenize, usedParameters } from '../../../tasks/query/sql-tokens';

/** What hides its content from the scanner: each holds a parameter and a semicolon that are none. */
const hidden = [
	`':a;'`,
	`'it''s :a; --'`,
	`":a; """`,
	`$$:a; '$$`,
	`$tag$:a; $$ '$tag$`,
	String.raw`e':a; \''`,
	String.raw`E'\\'' :a;'`,
	'/* :a; /* ; */ :a */',
	'-- :a;\n',
	"--:a; '\r",
];

it('finds parameters outside of quotes and comments, in any context', () => {
	const piece = fc.oneof(
		fc.constantFrom(...hidden).map((text) => ({ text, names: [] as string[] })),
		fc.constantFrom('b', 'c1', '_d').map((name) => ({ text: `:${name}`, names: [name] })),
		fc.constantFrom('x', '1', '::int', '(', ',').map((text) => ({ text, names: [] as string[] })),
	);
	fc.assert(
		fc.property(fc.array(piece), (pieces) => {
			const sql = pieces.map(({ text }) => text).join(' ');
			expect(usedParameters(sql)).toEqual(pieces.flatMap(({ names }) => names));
			expect([...tokenize(sql)].filter(({ kind }) => kind === 'semicolon')).toEqual([]);
		}),
	);
});

it('yields tokens that are the text in order, except white space', () => {
	fc.assert(
		fc.property(
			fc.array(fc.constantFrom(...hidden, "'", '"', '$$', '/*', '*/', '--', ';', ':a', 'e', '\n', ' ')),
			(pieces) => {
				const sql = pieces.join('');
				let from = 0;
				for (const { text, start, end } of tokenize(sql)) {
					expect(sql.slice(from, start).trim()).toBe('');
					expect(sql.slice(start, end)).toBe(text);
					expect(end).toBeGreaterThan(start);
					from = end;
				}
				expect(sql.slice(from).trim()).toBe('');
			},
		),
	);
});

it('ends an unclosed token with the text', () => {
	for (const text of [`':a`, '":a', '$$ :a', '/* /* :a */', "e':a", '-- :a']) {
		expect([...tokenize(text)]).toEqual([{ kind: expect.any(String), text, name: '', start: 0, end: text.length }]);
	}
});

it('scans millions of quotes', () => {
	expect([...codeTokens(`'${"''".repeat(1_000_000)}' ;`)].at(-1)?.kind).toBe('semicolon');
	expect([...codeTokens(`e'${"\\'".repeat(1_000_000)}' ;`)].map(({ kind }) => kind)).toEqual(['string', 'semicolon']);
});
