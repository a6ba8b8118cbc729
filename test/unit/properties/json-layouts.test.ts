import * as fc from 'fast-check';
import { type StagedRecord, Stager } from '../pipeline/bronze/staged-records';
import { runs, timeLimitMs } from './runs';

let stager: Stager;
beforeAll(async () => {
	stager = await Stager.open();
});
afterAll(() => stager.close());

/** Values as texts: numbers keep the digits that a double would lose. */
const number = fc.constantFrom('0', '-1', '12.50', '1e5', '9007199254740993', '123456789012345678901234567890.10');
const text = fc
	.string({ unit: fc.constantFrom(...'ab{}[],:\\"/ é😀\n\t\u2028'), maxLength: 8 })
	.map((one) => JSON.stringify(one));
const value = fc.letrec<{ value: string }>((tie) => ({
	value: fc.oneof(
		{ depthSize: 'small', withCrossShrink: true },
		number,
		text,
		fc.constantFrom('true', 'null', '{}', '[]'),
		fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join(',')}]`),
		fc.array(fc.tuple(text, tie('value')), { maxLength: 3 }).map((members) => object(members)),
	),
})).value;
const object = (members: readonly (readonly [string, string])[]) =>
	`{${members.map(([name, json]) => `${name}:${json}`).join(',')}}`;
const record = fc.array(fc.tuple(text, value), { maxLength: 4 }).map((members) => object([['"id"', '1'], ...members]));

/** The text with white space between its parts, which no string of it has. */
function spread(json: string, spaces: readonly string[]): string {
	let turn = 0;
	return json.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g, (part) => {
		const before = spaces[turn++ % spaces.length] ?? '';
		return `${before}${part}${spaces[turn++ % spaces.length] ?? ''}`;
	});
}

const spaces = fc.array(fc.constantFrom('', ' ', '\n', '\r\n', '\r', '\t', '\n\n  '), { minLength: 1, maxLength: 7 });
const pieces = fc.integer({ min: 1, max: 40 });
const contents = (records: readonly StagedRecord[]) => records.map(({ json, raw, fault }) => ({ json, raw, fault }));
const asNdjson = async (records: readonly string[]) =>
	contents(await stager.records(Buffer.from(`${records.join('\n')}\n`), { format: 'ndjson' }));
const asDocument = (content: string, pieceBytes: number) =>
	stager.records(Buffer.from(content), { format: 'ndjson', mayBeDocument: true }, { pieceBytes });

test.each<[string, (records: readonly string[], spaces: readonly string[]) => string]>([
	['a list', (records, gaps) => spread(`[${records.join(',')}]`, gaps)],
	['a list with a byte order mark', (records, gaps) => `\ufeff${spread(`[${records.join(',')}]`, gaps)}`],
	['several lists', (records, gaps) => records.map((one) => spread(`[${one}]`, gaps)).join('\n')],
	['the one member of an object', (records, gaps) => spread(`{"a \\"[list]":[${records.join(',')}]}`, gaps)],
	[
		'objects over several lines',
		(records, gaps) =>
			records
				.map((one) => one.replace('{', '{\n').replace(/\}$/, '\n}') && `{\n${spread(one.slice(1), gaps)}`)
				.join('\n'),
	],
])(
	'%s gives the records that NDJSON gives, each with its digits',
	async (_, write) => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(record, { minLength: 1, maxLength: 5 }),
				spaces,
				pieces,
				async (records, gaps, size) => {
					const staged = await asDocument(write(records, gaps), size);
					expect(contents(staged)).toEqual(await asNdjson(records));
					const lines = staged.map(({ line }) => line);
					expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
				},
			),
			{ numRuns: runs(60) },
		);
	},
	timeLimitMs,
);

test(
	'a record a line stays a record a line, whatever is broken in the first or a later one',
	async () => {
		const broken = fc.tuple(record, fc.nat(), fc.nat(3)).map(([one, at, count]) => {
			const place = 1 + (at % one.length);
			return one.slice(0, place) + one.slice(place + count);
		});
		const line = fc.oneof(record, broken).map((one) => one.replace(/^[[\s]+/, '{'));
		await fc.assert(
			fc.asyncProperty(line, record, fc.array(line, { maxLength: 3 }), async (first, second, others) => {
				const content = Buffer.from([first, second, ...others].join('\n'));
				const plain = await stager.records(content, { format: 'ndjson' });
				expect(await stager.records(content, { format: 'ndjson', mayBeDocument: true })).toEqual(plain);
			}),
			{ numRuns: runs(100) },
		);
	},
	timeLimitMs,
);
