import * as fc from 'fast-check';
import { events } from '../../../../tasks/contracts';
import { checkRecord } from '../../../../tasks/streams/http/check-record';
import { ingestFiles } from '../../pipeline/bronze/sources-lab';

const asOf = '2026-11-21';
const lastDay = Date.parse('2026-11-22') / (24 * 3600_000);

/** How ingestion's quarantine tells a fault; null for a record that is fine. */
function describeFault(record: string, line: number): string | null {
	const { fault } = checkRecord(events, record, lastDay);
	return fault ? `events.ndjson:${line} ${fault.rule}: ${fault.message}` : null;
}

async function toldByIngestion(records: readonly string[]): Promise<(string | null)[]> {
	const { quarantine } = await ingestFiles({ 'events.ndjson': `${records.join('\n')}\n` }, { asOf });
	const byLine = new Map(quarantine.map((told) => [Number(/:(\d+) /.exec(told)?.[1]), told]));
	return records.map((_, place) => byLine.get(place + 1) ?? null);
}

/** What can't be taken apart is told in more ways by ingestion; objects and lists are shown with other white space. */
const toComparable = (told: string | null) =>
	told?.replace(/ unparsable: .*/s, ' unparsable').replace(/is '[[{].*', not/s, 'is …, not') ?? null;

async function expectSame(records: readonly string[]): Promise<void> {
	const told = records.map((record, place) => toComparable(describeFault(record, place + 1)));
	const ingested = (await toldByIngestion(records)).map(toComparable);
	const differing = records.flatMap((record, place) =>
		told[place] === ingested[place] ? [] : [{ record, check: told[place], ingestion: ingested[place] }],
	);
	// A few of them say enough, and what a test prints stays short.
	expect(differing.slice(0, 3)).toEqual([]);
}

const digits = (maxLength: number) =>
	fc.array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength }).map((all) => all.join(''));
const two = fc
	.oneof(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 24 }))
	.map((n) => `${n}`.padStart(2, '0'));
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: '' });

const date = fc
	.tuple(
		fc.constantFrom('2026', '2026', '2026', '0000', '0001', '1900', '1969', '1970', '2024', '9999', '202'),
		fc.constantFrom('01', '02', '11', '11', '12', '13', '00', '1'),
		fc.constantFrom('01', '20', '20', '22', '23', '28', '29', '30', '31', '32', '00', 'xx'),
	)
	.map((parts) => parts.join('-'));
const clock = fc
	.tuple(
		fc.constantFrom('T', 'T', ' ', 't', ''),
		two,
		fc.constant(':'),
		two,
		maybe(
			fc
				.tuple(two, maybe(fc.tuple(fc.constantFrom('.', ','), digits(12)).map((all) => all.join(''))))
				.map(([s, f]) => `:${s}${f}`),
		),
		fc.oneof(
			{
				weight: 3,
				arbitrary: fc.constantFrom(
					...['', 'Z', 'Z', 'Z', 'z', ' Z', '+02', '-05:30', '+0130', '+99:99', '+1', '+05:', ' +02:00', '  -0500'],
				),
			},
			// Offsets around the largest one.
			fc
				.tuple(
					fc.constantFrom('+', '-', ' +', ' -'),
					fc.constantFrom('13', '14', '15', '20', '99'),
					fc.constantFrom('', ':', 'x'),
					fc.constantFrom('00', '01', '30', '59', '60', ''),
				)
				.map((parts) => parts.join('').replace('x', '')),
		),
	)
	.map((parts) => parts.join(''));
const epoch = fc.oneof(
	fc.integer({ min: 0, max: 2_000_000_000 }).map(String),
	fc.integer({ min: 0, max: 2_000_000_000_000 }).map(String),
	fc.tuple(digits(20), maybe(digits(8).map((all) => `.${all}`))).map((all) => all.join('')),
);
const decimal = fc.oneof(
	fc
		.tuple(
			fc.constantFrom('', '', '-', '+'),
			digits(13),
			maybe(fc.oneof(digits(5), digits(30)).map((all) => `.${all}`)),
		)
		.map((all) => all.join('')),
	fc
		.tuple(
			fc.constantFrom('', '-'),
			maybe(digits(4)),
			fc.constantFrom('.', '.5', '.005', ''),
			fc.constantFrom('', 'e1', 'e-2', 'E+3', 'e'),
		)
		.map((all) => all.join('')),
);
const time = fc.oneof(
	fc.tuple(date, maybe(clock)).map((all) => all.join('')),
	epoch,
);
const word = fc.constantFrom('product_view', 'add_to_cart', 'remove_from_cart', 'purchase', 'Purchase', 'view');
const odd = fc.oneof(
	fc.constantFrom(
		'',
		' ',
		'\t',
		'\u00a0',
		'\u2003\ufeff',
		'true',
		'{',
		'[1]',
		'null',
		'NaN',
		'-',
		'0x10',
		'1e5',
		'1,5',
		'é'.repeat(90),
	),
	fc.string({ unit: 'grapheme' }),
	fc.string({ unit: 'binary' }),
);
const padded = (of: fc.Arbitrary<string>) =>
	fc
		.tuple(fc.constantFrom('', '', '', ' ', '\u3000'), of, fc.constantFrom('', '', '\n', ' '))
		.map((all) => all.join(''));

/** The JSON of a field whose text is meant to be `text`; at times it is no text. */
const arbitraryJson = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
	fc.oneof(
		{ weight: 12, arbitrary: padded(text).map((value) => JSON.stringify(value)) },
		{ weight: 1, arbitrary: odd.map((value) => JSON.stringify(value)) },
		{
			weight: 1,
			arbitrary: fc.constantFrom(
				'null',
				'true',
				'false',
				'{}',
				'[]',
				'{"a":[1]}',
				'0',
				'-0',
				'3.0',
				'1e2',
				'1E400',
				'-1.5e-7',
				...['5001.0', '5.001e3', '5001.50', '0.0', '-0.0', '1e-400', '1e99', '12345678901234567890e2'],
				...['12345678901234567890.0', '12345678901234567890.120', '1.7951688001234567e9', '1795168800.0e0'],
				...['"5001.0"', '"5.001e3"', '1.0049999999999999', '1.00500000000000000001', '3.000000000000000000e0'],
				'"\\u00e9\\\\"',
				'"\\ud800"',
				'"\\ud83d\\ude00"',
				'"\\\\ud800"',
				'"\\ude00\\ud83d"',
				'"\\ud83d\\\\ude00"',
				...[
					'"a\\u0000b"',
					'"\\u0000"',
					'"a\\u001bb"',
					'"a\\bb"',
					'"a\\tb\\nc\\rd"',
					'"a\u007fb"',
					'"a\u0085b"',
					'"a\\u009bb"',
				],
				...[1024, 1025, 1026].map((bytes) => JSON.stringify('x'.repeat(bytes))),
				...[511, 512, 513].map((characters) => JSON.stringify(`${'é'.repeat(characters)}x`)),
			),
		},
	);
/** The JSON of a number, or of its text. */
const arbitraryNumber = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
	fc.oneof(
		arbitraryJson(text),
		text.filter((value) => /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(value)),
	);

const valid = {
	event_id: '"e1"',
	event_type: '"purchase"',
	user_id: '"u1"',
	product_id: '"p1"',
	event_time: '"2026-11-20T10:00:00Z"',
};
/** Numbers whose spelling or digits matter. */
const spelling = fc
	.tuple(
		fc.constantFrom('', '', '-'),
		fc.oneof(fc.constant('0'), digits(3), digits(20)).map((all) => all.replace(/^0+(?=\d)/, '')),
		maybe(fc.oneof(fc.constantFrom('0', '00', '50', '5'), digits(20)).map((all) => `.${all}`)),
		maybe(fc.tuple(fc.constantFrom('e', 'E+', 'e-'), fc.oneof(digits(1), digits(2), digits(3)))).map((all) =>
			[all].flat().join(''),
		),
	)
	.map((all) => all.join(''));
const changes = fc.record(
	{
		event_id: arbitraryNumber(fc.oneof(digits(20), spelling)),
		event_type: arbitraryJson(word),
		user_id: arbitraryNumber(fc.oneof(digits(4), spelling)),
		product_id: arbitraryJson(odd),
		event_time: arbitraryNumber(fc.oneof({ weight: 4, arbitrary: time }, spelling)),
		session_id: arbitraryJson(odd),
		quantity: arbitraryNumber(fc.oneof(decimal, spelling, digits(11), fc.integer({ min: -2, max: 5 }).map(String))),
		price: arbitraryNumber(fc.oneof(decimal, spelling)),
		extra: arbitraryJson(odd),
		_line: arbitraryJson(odd),
	},
	{ requiredKeys: [] },
);
const record = fc
	.tuple(
		changes,
		fc.subarray(Object.keys(valid), { minLength: 4 }),
		fc.constantFrom('', '', '', '', '', '', '', 'twice', 'cut', 'comma', 'space'),
	)
	.map(([changed, kept, spoilt]) => {
		const fields = [
			...Object.entries(valid).filter(([name]) => kept.includes(name) && !(name in changed)),
			...Object.entries(changed),
		].map(([name, json]) => `${JSON.stringify(name)}:${json}`);
		const text = fields.join(spoilt === 'space' ? ' ,\t' : ',');
		if (spoilt === 'twice') return `{${text},"user\\u005fid":"u2"}`;
		if (spoilt === 'cut') return `{${text}`;
		return spoilt === 'comma' ? `{${text},}` : `{ ${text} }`;
	});

test('thousands of random records: the check says what ingestion says', async () => {
	// Judged together, for an ingestion takes its time; the seed of a failure makes the same records again.
	const seed = Date.now();
	try {
		await expectSame(fc.sample(record, { numRuns: 8000, seed }));
	} catch (error) {
		throw new Error(`seed ${seed}: ${(error as Error).message}`);
	}
});

test('limits of each type: the check says what ingestion says', async () => {
	const cases: Record<string, readonly string[]> = {
		event_time: [
			...[
				'2026-11-22T23:59:59Z',
				'2026-11-23',
				'2026-11-22T23:59:59-00:01',
				'2026-11-23T00:00:00+00:01',
				'2026-11-22T24:00:00Z',
			],
			...[
				'2026-11-20T24:00:01Z',
				'2026-11-20T23:59:60Z',
				'2024-02-29',
				'1900-02-29',
				'0000-01-01',
				'2026-11-20T10:00:00 Z',
			],
			...[
				'1795391999',
				'1795392000',
				'1795391999.9999994',
				'1795391999.9999996',
				'99999999999.9999999',
				'9223372036854775',
				'9223372036854776',
			],
		],
		quantity: [
			'2147483647',
			'2147483648',
			'-2147483648',
			'-2147483649',
			'0',
			'1',
			'3.',
			'3.0',
			'3.1',
			'+3',
			'3e0',
			'.0',
		],
		price: [
			'9999999999.994',
			'9999999999.995',
			'-0.004',
			'-0.005',
			'1e10',
			'1e9',
			'.',
			'.5',
			'5.',
			'+.5',
			'1e400',
			'0e400',
			'1e-400',
		],
	};
	const texts = Object.entries(cases).flatMap(([name, values]) =>
		values.flatMap((value) =>
			[JSON.stringify(value), value]
				.filter((json) => /^"|^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(json))
				.map(
					(json) =>
						`{${Object.entries({ ...valid, [name]: json })
							.map(([key, text]) => `"${key}":${text}`)
							.join(',')}}`,
				),
		),
	);
	await expectSame(texts);
});

test.each(['', '7', '"text"', 'null', '[]', '[{}]', '{', '{"a":1} {"b":2}', '{"a":NaN}', '{"a":1,}'])(
	'%j is no record',
	(text) => {
		expect(checkRecord(events, text, lastDay).fault).toEqual({
			rule: 'unparsable',
			message: 'the line is not a JSON object',
		});
	},
);
