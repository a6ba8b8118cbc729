import * as fc from 'fast-check';
import { type Delimiter, delimiters } from '../../../tasks/platform/csv';
import { Stager } from '../pipeline/bronze/staged-records';
import { runs, timeLimitMs } from './runs';

let stager: Stager;
beforeAll(async () => {
	stager = await Stager.open();
});
afterAll(() => stager.close());

const letters = [...'abé€ "\\,;|\t1.', '\n', '\r\n'];
const columns = ['id', 'a b', 'c'];
const value = fc.string({ unit: fc.constantFrom(...letters), maxLength: 6 });
/** The first value is never blank: a row of blanks is no record. */
const row = fc.tuple(fc.constantFrom('1', 'é€'), value, value);

/** Rows as CSV; a value has quotes where it needs them, or where `isQuoted` says so. */
function csv(rows: readonly (readonly string[])[], delimiter: Delimiter, isQuoted: boolean): string {
	const needsQuotes = (text: string) => isQuoted || /["\r\n]/.test(text) || text.includes(delimiter);
	const quote = (text: string) => (needsQuotes(text) ? `"${text.replaceAll('"', '""')}"` : text);
	return [columns, ...rows].map((values) => `${values.map(quote).join(delimiter)}\n`).join('');
}

const encoders: Readonly<Record<string, (text: string) => Buffer>> = {
	'utf-8': (text) => Buffer.from(text),
	'utf-8 with a mark': (text) => Buffer.from(`\ufeff${text}`),
	'utf-16': (text) => Buffer.from(text, 'utf16le'),
	'utf-16 with a mark': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
	'windows-1252': (text) => Buffer.from(text.replaceAll('€', '\x80'), 'latin1'),
	'iso-8859-15': (text) => Buffer.from(text.replaceAll('€', '\xa4'), 'latin1'),
};
const isNamed = (encoding: string) => /^(windows|iso)/.test(encoding);

test(
	'rows are the same records whatever divides and encodes them, and in whatever pieces they come',
	async () => {
		const dialect = fc.record({
			delimiter: fc.constantFrom(...delimiters),
			isQuoted: fc.boolean(),
			encoding: fc.constantFrom(...Object.keys(encoders)),
			pieceBytes: fc.integer({ min: 1, max: 50 }),
			isDelimiterNamed: fc.boolean(),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), dialect, async (rows, how) => {
				const { delimiter, isQuoted, encoding, pieceBytes, isDelimiterNamed } = how;
				const content = encoders[encoding]?.(csv(rows, delimiter, isQuoted)) ?? Buffer.alloc(0);
				const staged = await stager.records(
					content,
					{
						format: 'csv',
						...(isNamed(encoding) ? { encoding } : {}),
						...(isDelimiterNamed ? { delimiter } : {}),
					},
					{ columns, pieceBytes },
				);
				// Those with a quote are staged apart from the others.
				const records = (all: typeof staged) =>
					all
						.map(({ line, json, fault }) => ({ line, fault, record: JSON.parse(json ?? 'null') }))
						.sort((a, b) => a.line - b.line);
				const plain = await stager.records(Buffer.from(csv(rows, ',', true)), { format: 'csv' }, { columns });
				expect(records(staged)).toEqual(records(plain));
				expect(records(staged).map(({ record }) => Object.values(record))).toEqual(rows);
			}),
			{ numRuns: runs(150) },
		);
	},
	timeLimitMs,
);
