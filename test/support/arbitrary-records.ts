import * as fc from 'fast-check';
import { datasets, type Field, type ProductDataset } from '../../tasks/contracts';

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

/** The JSON of a sound record's fields. */
export function validFields(dataset: ProductDataset): Record<string, string> {
	const soundJson = ({ type, oneOf }: Field) => {
		if (oneOf) return JSON.stringify(oneOf[0]);
		return { string: '"x1"', date: '"2026-11-20"', timestamp: '"2026-11-20T10:00:00Z"' }[type as string] ?? '3';
	};
	return Object.fromEntries(
		Object.entries<Field>(datasets[dataset].fields).map(([name, field]) => [name, soundJson(field)]),
	);
}
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
const number = arbitraryNumber(fc.oneof(decimal, spelling, digits(11), fc.integer({ min: -2, max: 6 }).map(String)));
const instant = arbitraryNumber(fc.oneof({ weight: 4, arbitrary: time }, spelling));
const byType: Partial<Record<Field['type'], fc.Arbitrary<string>>> = {
	string: arbitraryNumber(fc.oneof(odd, digits(20), spelling)),
	int: number,
	double: number,
	'decimal(12,2)': number,
	date: instant,
	timestamp: instant,
};
/** The JSON of a field's value, sound or not. */
export const fieldJson = ({ type, oneOf }: Field): fc.Arbitrary<string> =>
	oneOf ? arbitraryJson(fc.constantFrom(...oneOf, 'Purchase', 'view')) : (byType[type] as fc.Arbitrary<string>);

/** Records of a dataset in which some fields are changed or lack, and some of which are not JSON. */
export function arbitraryRecord(dataset: ProductDataset): fc.Arbitrary<string> {
	const fields = Object.entries<Field>(datasets[dataset].fields);
	const valid = validFields(dataset);
	const changes = fc.record(
		{
			...Object.fromEntries(fields.map(([name, field]) => [name, fieldJson(field)])),
			extra: arbitraryJson(odd),
			_line: arbitraryJson(odd),
		},
		{ requiredKeys: [] },
	);
	return fc
		.tuple(
			changes,
			fc.subarray(Object.keys(valid), { minLength: fields.length - 1 }),
			fc.constantFrom('', '', '', '', '', '', '', 'twice', 'cut', 'comma', 'space'),
		)
		.map(([changed, kept, spoilt]) => {
			const members = [
				...Object.entries(valid).filter(([name]) => kept.includes(name) && !(name in changed)),
				...Object.entries(changed),
			].map(([name, json]) => `${JSON.stringify(name)}:${json}`);
			const text = members.join(spoilt === 'space' ? ' ,\t' : ',');
			if (spoilt === 'twice') return `{${text},"${kept[0]?.replaceAll('_', '\\u005f')}":"u2"}`;
			if (spoilt === 'cut') return `{${text}`;
			return spoilt === 'comma' ? `{${text},}` : `{ ${text} }`;
		});
}
