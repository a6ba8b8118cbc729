import * as fc from 'fast-check';
import { type DatasetName, datasetNames, datasets, type Field } from '../../../../tasks/contracts';
import { recordValidator } from '../../../../tasks/streams/http/validate-record';
import { ingestFiles } from '../../pipeline/bronze/ingest-files';

const asOf = '2026-11-21';
const lastDay = Date.parse('2026-11-22') / (24 * 3600_000);

/** The faults of records in the words of ingestion's quarantine; null for a record without one. */
function entryFaults(dataset: DatasetName, records: readonly string[]): (string | null)[] {
	const validate = recordValidator(datasets[dataset]);
	return records.map((record, place) => {
		const { fault } = validate(record, lastDay);
		return fault ? `${dataset}.ndjson:${place + 1} ${fault.rule}: ${fault.message}` : null;
	});
}

async function ingestionFaults(dataset: DatasetName, records: readonly string[]): Promise<(string | null)[]> {
	const { quarantine } = await ingestFiles({ [`${dataset}.ndjson`]: `${records.join('\n')}\n` }, { asOf });
	const byLine = new Map(quarantine.map((fault) => [Number(/:(\d+) /.exec(fault)?.[1]), fault]));
	return records.map((_, place) => byLine.get(place + 1) ?? null);
}

/** Ingestion has more messages for unparsable records, and shows objects and lists with other white space. */
const toComparable = (fault: string | null) =>
	fault?.replace(/ unparsable: .*/s, ' unparsable').replace(/is '[[{].*', not/s, 'is …, not') ?? null;

async function expectSame(dataset: DatasetName, records: readonly string[]): Promise<void> {
	const faults = entryFaults(dataset, records).map(toComparable);
	const ingested = (await ingestionFaults(dataset, records)).map(toComparable);
	const differing = records.flatMap((record, place) =>
		faults[place] === ingested[place] ? [] : [{ record, entry: faults[place], ingestion: ingested[place] }],
	);
	// A few are enough, and keep the test's output short.
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
function validFields(dataset: DatasetName): Record<string, string> {
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
const fieldJson = ({ type, oneOf }: Field): fc.Arbitrary<string> =>
	oneOf ? arbitraryJson(fc.constantFrom(...oneOf, 'Purchase', 'view')) : (byType[type] as fc.Arbitrary<string>);

/** Records of a dataset in which some fields are changed or lack, and some of which are not JSON. */
function arbitraryRecord(dataset: DatasetName): fc.Arbitrary<string> {
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

test.each(datasetNames)(
	'thousands of random records of %s are validated as ingestion validates them',
	async (dataset) => {
		// Judged together, for an ingestion takes its time; the seed of a failure makes the same records again.
		const seed = Date.now();
		try {
			await expectSame(dataset, fc.sample(arbitraryRecord(dataset), { numRuns: 8000, seed }));
		} catch (error) {
			throw new Error(`seed ${seed}: ${(error as Error).message}`);
		}
	},
);

const limits: Partial<Record<Field['type'], readonly string[]>> = {
	timestamp: [
		...['2026-11-22T23:59:59Z', '2026-11-23', '2026-11-22T23:59:59-00:01', '2026-11-23T00:00:00+00:01'],
		...['2026-11-22T24:00:00Z', '2026-11-20T24:00:01Z', '2026-11-20T23:59:60Z', '2024-02-29', '1900-02-29'],
		...['0000-01-01', '2026-11-20T10:00:00 Z', '2026-11-20T10:00:00\n+14:00', '2026-11-20T10:00:00\n+14:01'],
		...['1795391999', '1795392000', '1795391999.9999994', '1795391999.9999996', '99999999999.9999999'],
		...['9223372036854775', '9223372036854776'],
	],
	int: [
		...['2147483647', '2147483648', '-2147483648', '-2147483649', '0', '1', '3.', '3.0', '3.1', '+3', '3e0', '.0'],
		'-0',
	],
	'decimal(12,2)': [
		...['9999999999.994', '9999999999.995', '-0.004', '-0.005', '1e10', '1e9', '.', '.5', '5.', '+.5', '1e400'],
		...['0e400', '1e-400'],
	],
	double: [
		'0',
		'-0',
		'-0.0',
		'5',
		'5.0000000000000001',
		'5.000000000000001',
		'1e400',
		'-1e-400',
		'.',
		'.5',
		'5.',
		'+.5',
	],
};

/** Sound records of a dataset with other texts in some fields, each as a string and, if it is one, as a number. */
function changedRecords(dataset: DatasetName, changes: Readonly<Record<string, string>>): string[] {
	const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
	const forms = [
		(text: string) => JSON.stringify(text),
		(text: string) => (number.test(text) ? text : JSON.stringify(text)),
	];
	return forms.map((form) => {
		const changed = Object.fromEntries(Object.entries(changes).map(([name, text]) => [name, form(text)]));
		const members = Object.entries({ ...validFields(dataset), ...changed });
		return `{${members.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
	});
}

test.each(datasetNames)(
	'values of %s at the limits of each type are validated as ingestion validates them',
	async (dataset) => {
		const records = Object.entries<Field>(datasets[dataset].fields).flatMap(([name, { type }]) =>
			((type === 'date' ? limits.timestamp : limits[type]) ?? []).flatMap((text) =>
				changedRecords(dataset, { [name]: text }),
			),
		);
		await expectSame(dataset, [...records, ...changedRecords(dataset, {})]);
	},
);

test.each([
	['9999999.93', '1000000007', undefined],
	['9999999.94', '1000000007', 'line_amount, which derives from the record, does not fit decimal(18,2)'],
	['9999999999.99', '2147483647', 'line_amount, which derives from the record, does not fit decimal(18,2)'],
])('an order line of %s × %s is validated to the last cent', async (unit_price, quantity, message) => {
	const records = changedRecords('order_items', { unit_price, quantity });
	await expectSame('order_items', records);
	expect(recordValidator(datasets.order_items)(records[0] as string, lastDay).fault?.message).toBe(message);
});

test.each([' ', '\t', '\n', '\r\n'])(
	'an offset of more than 14 hours is found after the white space %j',
	async (space) => {
		const records = changedRecords('events', { event_time: `2026-11-20T10:00:00${space}+14:01` });
		await expectSame('events', records);
		expect(entryFaults('events', records)[0]).toMatch(/range: .*, with an offset of more than 14 hours$/s);
	},
);

test.each([
	['event_id', '5', 'range'],
	['event_time', '2026-11-20T10:00:00.', 'type'],
	['event_time', '1795391999.', 'type'],
	['quantity', '5', 'type'],
	['price', '5', 'type'],
	['price', '5.', 'type'],
])('half a million digits and a letter in %s, after %s, break the rule %s', (name, start, rule) => {
	const [record = ''] = changedRecords('events', { [name]: `${start}${'0'.repeat(500_000)}x` });
	expect(recordValidator(datasets.events)(record, lastDay).fault).toMatchObject({ rule, field: name });
});

test.each(['', '7', '"text"', 'null', '[]', '[{}]', '{', '{"a":1} {"b":2}', '{"a":NaN}', '{"a":1,}'])(
	'%j is no record',
	(text) => {
		expect(recordValidator(datasets.events)(text, lastDay).fault).toEqual({
			rule: 'unparsable',
			message: 'the line is not a JSON object',
		});
	},
);
