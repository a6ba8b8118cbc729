import * as fc from 'fast-check';
import { UsageError } from '../../../tasks/platform/errors';
import { parseInstant } from '../../../tasks/platform/instant';

const read = (text: string) => parseInstant('--as-of', text).toISOString();

test.each([
	['2026-11-20', '2026-11-20T00:00:00.000Z'],
	['2026-11-20T06:00', '2026-11-20T06:00:00.000Z'],
	['2026-11-20 06:00:01', '2026-11-20T06:00:01.000Z'],
	['2026-11-20T06:00:00.1239Z', '2026-11-20T06:00:00.123Z'],
	['2026-11-20T01:00:00+02:00', '2026-11-19T23:00:00.000Z'],
	['2026-11-20 23:00:00 -0500', '2026-11-21T04:00:00.000Z'],
	['2026-11-20T00:00:00+14:00', '2026-11-19T10:00:00.000Z'],
	['2026-11-20T24:00Z', '2026-11-21T00:00:00.000Z'],
	['2024-02-29', '2024-02-29T00:00:00.000Z'],
	[' 1970-01-01 ', '1970-01-01T00:00:00.000Z'],
])('%s is the instant %s', (text, instant) => {
	expect(read(text)).toBe(instant);
});

test.each([
	...['2026-02-30', '2026-02-29', '1900-02-29', '2026-11-31T10:00Z', '2026-13-01', '2026-00-10', '2026-11-00'],
	...['2026-11-20T24:01Z', '2026-11-20T10:60Z', '2026-11-20T10:00:60Z', '2026-11-20T10', '2026-11-20T10:00:00+5'],
	...[
		'',
		'now',
		'20261120',
		'1795168800',
		'2026-11-20T10:00:00 UTC',
		'2026-11-20x',
		'+002026-11-20',
		'2026-11-20T10:00+05:60',
	],
])('%j is refused: it is neither a date nor an instant', (text) => {
	expect(() => read(text)).toThrow(
		new UsageError(`--as-of '${text}' is neither a date (2026-11-20) nor an instant (2026-11-20T06:00:00Z).`),
	);
});

test.each(['2026-11-20T10:00:00+14:01', '2026-11-20T10:00:00-15', '2026-11-20T10:00:00+99:00'])(
	'%s is refused: no place has such an offset',
	(text) => {
		expect(() => read(text)).toThrow(/^--as-of '.*' has an offset of more than 14 hours/);
	},
);

test.each(['0000-01-01', '0001-01-01T00:00:00+14:00', '1970-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01'])(
	'%s is refused: it is not in the years 1970 to 9999',
	(text) => {
		expect(() => read(text)).toThrow(`--as-of '${text}' is outside of the years 1970 to 9999 in UTC.`);
	},
);

test('every instant is read as it is written, and no other text by chance', () => {
	const instants = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
	fc.assert(fc.property(instants, (instant) => expect(read(instant.toISOString())).toBe(instant.toISOString())));
	const day = fc.tuple(
		fc.integer({ min: 1970, max: 9999 }),
		fc.integer({ min: 1, max: 12 }),
		fc.integer({ min: 28, max: 31 }),
	);
	fc.assert(
		fc.property(day, ([year, month, date]) => {
			const exists = date <= new Date(Date.UTC(year, month, 0)).getUTCDate();
			const text = `${year}-${String(month).padStart(2, '0')}-${date}`;
			if (exists) expect(read(text)).toBe(`${text}T00:00:00.000Z`);
			else expect(() => read(text)).toThrow(UsageError);
		}),
	);
});
