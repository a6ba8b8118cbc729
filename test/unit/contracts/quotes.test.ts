import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Field, quotes } from '../../../tasks/contracts';
import { listChecks } from '../../../tasks/contracts/rules';
import { fieldTyping } from '../../../tasks/contracts/typing';
import { compileRules } from '../../../tasks/contracts/validate';
import { DuckDb } from '../../../tasks/platform/duckdb/duckdb';
import { identifier, literal } from '../../../tasks/platform/duckdb/quote';

const fields = Object.entries<Field>(quotes.fields);
type Quote = Readonly<Record<string, string | null>>;

let scratch: string;
let duckdb: DuckDb;
beforeAll(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
	duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 2, scratch });
});
afterAll(async () => {
	await duckdb.close();
	await rm(scratch, { recursive: true });
});

const digits = (maxLength: number) =>
	fc.array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength }).map((all) => all.join(''));
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(''));
const figure = fc.oneof(
	fc.integer({ min: -1, max: 4 }).map(String),
	joined(fc.constantFrom('', '', '', '-', '+'), digits(11), fc.constant('.'), digits(8)),
	joined(digits(17), fc.constantFrom('', '.', '.0', '.000')),
	fc.constantFrom('1e2', 'NaN', '.5', '-0', '-0.0', '999999999.999999', '999999999.999998', '1,5'),
);
const time = joined(
	fc.constantFrom('2026-11-20', '2026-11-20', '1969-12-31', '1970-01-01', '9999-12-31', '2026-02-30', '0000-01-01'),
	fc.constantFrom('T', ' ', 't', ''),
	fc.constantFrom('00', '09', '23', '24', '9').map((hour) => `${hour}:`),
	fc.constantFrom('00:00', '59:59', '31:05', '31:60', '60:00', '31'),
	fc.constantFrom('', '', '.0', '.000', '.5', '.'),
	fc.constantFrom(
		'Z',
		'Z',
		'',
		'z',
		' Z',
		'+01:00',
		'-01:00',
		'\n+1400',
		'\n+14:01',
		'+05:60',
		'+15:00',
		'-99:00',
		'+01',
	),
);
const odd = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'aapl', 'A'.repeat(21), '1795168800'));
const sound = {
	...{ ticker: 'AAPL', timestamp: '2026-11-20T09:31:05Z' },
	...{ open: '2', high: '3', low: '1', close: '2', volume: '100' },
};
/** Trimmed texts by column; null for an empty one. */
const quote: fc.Arbitrary<Quote> = fc
	.record(
		Object.fromEntries(
			fields.map(([name, { type }]) => {
				const value = type === 'timestamp' ? time : type === 'string' ? fc.constantFrom('A', 'BRK.B', '-A') : figure;
				return [name, fc.oneof({ weight: 9, arbitrary: value }, odd).map((text) => text.trim() || null)];
			}),
		),
		{ requiredKeys: [] },
	)
	.map((changed) => ({ ...sound, ...changed }));

/** The faults that the contract's SQL finds, by the places of the quotes. */
async function sqlFaults(given: readonly Quote[]): Promise<(string | null)[]> {
	const checks = listChecks(quotes, {
		...{ text: identifier, value: (name) => identifier(`value ${name}`), notScalar: () => 'false' },
		...{ mayHoldControl: 'true', hasLostDigits: () => undefined, lastDate: `date 'infinity'` },
	});
	const values = fields.map(([name, field]) => `${fieldTyping(field).cast(identifier(name))} as "value ${name}"`);
	const columns = ['place', ...fields.map(([name]) => name)].map((name) => `"${name}":"VARCHAR"`);
	const rows = await duckdb.rows(
		`with given as (select unnest(from_json($rows, '[{${columns}}]'), recursive := true)),
		typed as (select *, ${values} from given)
		select case ${checks.map(({ rule, broken, message }) => `when ${broken} then ${literal(rule)} || ': ' || ${message}`).join(' ')} end as fault
		from typed order by cast(place as int)`,
		{ rows: JSON.stringify(given.map((one, place) => ({ ...one, place: String(place) }))) },
	);
	return rows.map(({ fault }) => fault as string | null);
}

test('thousands of random quotes break the same rule in SQL and in JavaScript, with the same message', async () => {
	const seed = Date.now();
	// SQL texts hold no lone surrogates, which the arbitraries don't make either.
	const given = fc.sample(quote, { numRuns: 8000, seed });
	const findFault = compileRules(quotes);
	const faults = await sqlFaults(given);
	const differing = given.flatMap((one, place) => {
		const fault = findFault((name) => ({ text: one[name] ?? null, isScalar: true }));
		const js = fault ? `${fault.rule}: ${fault.message}` : null;
		return js === faults[place] ? [] : [{ quote: one, js, sql: faults[place] }];
	});
	expect({ seed, differing: differing.slice(0, 3) }).toEqual({ seed, differing: [] });
});
