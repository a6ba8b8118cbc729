import fc from 'fast-check';
import { CsvCutter } from '../../../tasks/platform/csv';

/** The records of a text that arrives in pieces of these lengths, over and over. */
function cut(text: string, lengths: readonly number[] = [text.length || 1]) {
	const cutter = new CsvCutter(2_000_000);
	const found: { line: number; raw: string; values: readonly string[] | null }[] = [];
	for (let start = 0, turn = 0; start <= text.length; turn++) {
		const end = start + (lengths[turn % lengths.length] as number);
		for (const { line, raw, values, isMisquoted } of cutter.cut(text.slice(start, end), {
			isLast: end > text.length,
		})) {
			found.push({ line, raw, values: isMisquoted ? null : values });
		}
		start = end;
	}
	return found;
}

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const pieces = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
const value = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ' ', '\n', '\r'), maxLength: 5 });
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
/** A value as it is written: in quotes where it has to be, and perhaps elsewhere. */
const written = fc
	.tuple(value, fc.boolean())
	.map(([text, isQuoted]) => ({ text, csv: isQuoted || /[",\r\n]/.test(text) ? quoted(text) : text }));
const record = fc.array(written, { minLength: 1, maxLength: 4 });
const newlines = (text: string) => text.match(/\r\n?|\n/g)?.length ?? 0;

test('records have the same values, texts and line numbers with any line ends and in any pieces', () => {
	fc.assert(
		fc.property(fc.array(fc.tuple(record, lineEnd), { maxLength: 6 }), pieces, (records, lengths) => {
			const expected: ReturnType<typeof cut> = [];
			let before = '';
			for (const [values, end] of records) {
				// A line is never empty here: a carriage return and a line feed that meet would be one line end, not two.
				const raw = values.map(({ csv }) => csv).join(',') || ' ';
				if (raw.trim() !== '') {
					expected.push({ line: newlines(before) + 1, raw, values: values.map(({ text }) => text) });
				}
				before += `${raw}${end}`;
			}
			expect(cut(before, lengths)).toEqual(expected);
		}),
		{ numRuns: 500 },
	);
});

test('any text gives the same records whole and in pieces', () => {
	const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r'), maxLength: 30 });
	const parseRecords = (of: string, lengths?: readonly number[]) => {
		try {
			return cut(of, lengths);
		} catch (error) {
			return String(error);
		}
	};
	fc.assert(
		fc.property(text, pieces, (whole, lengths) => expect(parseRecords(whole, lengths)).toEqual(parseRecords(whole))),
		{ numRuns: 1000 },
	);
});

test('a misplaced quote only affects its own record', () => {
	expect(cut('a"b,1\r"c"d,2\n"e",3\r\n" f ,"",g"')).toEqual([
		{ line: 1, raw: 'a"b,1', values: null },
		{ line: 2, raw: '"c"d,2', values: null },
		{ line: 3, raw: '"e",3', values: ['e', '3'] },
		{ line: 4, raw: '" f ,"",g"', values: [' f ,",g'] },
	]);
});

test('a byte order mark before a record is left out, as where files are joined', () => {
	expect(cut('\ufeffa,b\n\ufeff"c",d\n').map(({ values }) => values)).toEqual([
		['a', 'b'],
		['c', 'd'],
	]);
});

test.each([
	['a quote that is never closed', 'a\n"b\nc\n', 'quoteNotClosed', 2],
	['a record that is too long', `a\r\n${'b'.repeat(2_000_001)}`, 'tooLong', 2],
])('%s is named with its line', (_, text, reason, line) => {
	expect(() => cut(text)).toThrow(expect.objectContaining({ reason, line }));
});

test('without quotes, a quote is a character like others', () => {
	const text = fc.string({ unit: fc.constantFrom('a', '"', ' ', ','), maxLength: 5 });
	fc.assert(
		fc.property(
			fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
			pieces,
			(records, lengths) => {
				const lines = records.map((values) => values.join('\t'));
				const cutter = new CsvCutter(2_000_000, 1, '\t', true);
				const found: string[][] = [];
				const whole = lines.join('\n');
				for (let start = 0, turn = 0; start <= whole.length; turn++) {
					const end = start + (lengths[turn % lengths.length] as number);
					for (const { values, isMisquoted } of cutter.cut(whole.slice(start, end), { isLast: end > whole.length })) {
						found.push([...values]);
						expect(isMisquoted).toBe(false);
					}
					start = end;
				}
				expect(found).toEqual(records.filter((values) => values.join('\t').trim() !== ''));
			},
		),
	);
});
