import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readTimeZone } from '../../../tasks/platform/config';
import { DuckDb } from '../../../tasks/platform/duckdb/duckdb';
import { literal } from '../../../tasks/platform/duckdb/quote';
import { instantSql, localTimeSql } from '../../../tasks/platform/duckdb/zone-sql';
import { findTimeZone, instantOf, localTime } from '../../../tasks/platform/time-zone';

let duckdb: DuckDb;
let scratch: string;
beforeAll(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'shoplake-zones-'));
	duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 1, scratch });
	// As in a container without a network.
	await duckdb.execute(`set autoload_known_extensions = false; set extension_directory = '${scratch}'`);
});
afterAll(async () => {
	await duckdb.close();
	await rm(scratch, { recursive: true });
});

const ms = (text: string) => Date.parse(`${text}Z`);
const iso = (time: number) => new Date(time).toISOString().slice(0, 19);

async function computeInSql(
	sql: (zone: string, value: string) => string,
	pairs: readonly (readonly [string, number])[],
) {
	const columns = pairs.map(
		([zone, value]) => `epoch_ms(${sql(zone, `make_timestamp(cast(${value} as bigint) * 1000)`)})`,
	);
	const { values } = await duckdb.row(`select [${columns.join(', ')}] as values`);
	return (values as (string | null)[]).map(Number);
}

describe.each([
	['Europe/Berlin', '2026-11-20T23:30:00', '2026-11-21T00:30:00'],
	['Europe/Berlin', '2026-03-29T00:59:59', '2026-03-29T01:59:59'],
	['Europe/Berlin', '2026-03-29T01:00:00', '2026-03-29T03:00:00'],
	['America/Los_Angeles', '2026-11-20T07:59:59', '2026-11-19T23:59:59'],
	['Asia/Kathmandu', '2026-11-20T18:15:00', '2026-11-21T00:00:00'],
	['Africa/Monrovia', '1971-06-01T00:00:00', '1971-05-31T23:15:30'],
	['Pacific/Apia', '2011-12-30T10:00:00', '2011-12-31T00:00:00'],
	['UTC', '2026-11-20T23:30:00', '2026-11-20T23:30:00'],
])('in %s the instant %s', (zone, instant, local) => {
	it(`is ${local}, and the other way round`, async () => {
		expect(iso(localTime(zone, ms(instant)))).toBe(local);
		expect(iso(instantOf(zone, ms(local)))).toBe(instant);
		expect((await computeInSql(localTimeSql, [[zone, ms(instant)]])).map(iso)).toEqual([local]);
		expect((await computeInSql(instantSql, [[zone, ms(local)]])).map(iso)).toEqual([instant]);
	});
});

test.each([
	[
		'a time that clocks skip is as much later as they skip',
		'Europe/Berlin',
		'2026-03-29T02:30:00',
		'2026-03-29T01:30:00',
	],
	['of a time that occurs twice it is the later one', 'Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T01:30:00'],
	['a skipped midnight is the start of the day', 'America/Sao_Paulo', '2018-11-04T00:00:00', '2018-11-04T03:00:00'],
	['a skipped day is the next one', 'Pacific/Apia', '2011-12-30T12:00:00', '2011-12-30T22:00:00'],
])('%s: %s %s', async (_, zone, local, instant) => {
	expect(iso(instantOf(zone, ms(local)))).toBe(instant);
	expect((await computeInSql(instantSql, [[zone, ms(local)]])).map(iso)).toEqual([instant]);
});

const hourMs = 3600_000;
const zones = Intl.supportedValuesOf('timeZone').filter((zone) => findTimeZone(zone) !== undefined);
const zone = fc.constantFrom(...zones);
const time = fc.date({ min: new Date(0), max: new Date('2100-12-31T23:59:59Z'), noInvalidDate: true }).map(Number);

/** The instants, on both sides, at which the clocks of a zone change in the year of a time. */
function changesInYear(zone: string, near: number): number[] {
	const year = new Date(near).getUTCFullYear();
	const offset = (at: number) => localTime(zone, at) - at;
	const found: number[] = [];
	for (let week = Date.UTC(year, 0); week < Date.UTC(year + 1, 0); week += 7 * 24 * hourMs) {
		let [from, to] = [week, week + 7 * 24 * hourMs];
		if (offset(from) === offset(to)) continue;
		while (to - from > 1000) {
			const middle = from + Math.floor((to - from) / 2000) * 1000;
			if (offset(middle) === offset(from)) from = middle;
			else to = middle;
		}
		found.push(to - 1000, to);
	}
	return found;
}

/** Pairs of a zone and a time, many of them at changes of its clocks. */
const pair = fc
	.tuple(zone, time, fc.nat(), fc.constantFrom(-2, -1, -0.5, 0, 0.5, 1, 2))
	.map(([zone, time, pick, hours]) => {
		const changes = changesInYear(zone, time);
		const at = changes[pick % (changes.length + 1)] ?? time;
		return [zone, at + hours * hourMs] as const;
	});

/** Governments change their zones: the data of this Node and of this DuckDB may be of different years. */
async function withEqualData(pairs: readonly (readonly [string, number])[]) {
	// Each hour of the days around it: two versions of the data may differ in one hour only.
	const around = Array.from({ length: 53 }, (_, hour) => hour - 26).flatMap((hours) =>
		pairs.map(([zone, at]) => [zone, at + hours * hourMs] as const),
	);
	const [inSql, places] = [await computeInSql(localTimeSql, around), pairs.length];
	const differs = around.map(([zone, at], index) => inSql[index] !== localTime(zone, at));
	return pairs.filter((_, place) => !differs.some((one, index) => one && index % places === place));
}

test('SQL and JavaScript agree in every zone, at changes of the clocks and at any time from 1970 to 2100', async () => {
	const sample = fc.sample(pair, { numRuns: 600 });
	const pairs = await withEqualData(sample);
	expect(pairs.length).toBeGreaterThan(0.9 * sample.length);
	const locals = [...pairs, ...pairs.map(([zone, at]) => [zone, localTime(zone, at)] as const)];
	const inSql = await computeInSql(instantSql, locals);
	const differing = locals.filter(([zone, local], index) => inSql[index] !== instantOf(zone, local));
	expect(differing.map(([zone, local]) => `${zone} ${iso(local)}`)).toEqual([]);
});

test('DuckDB knows every zone that a setting may name, without a network', async () => {
	const { unknown } = await duckdb.row(
		`select list(zone) as unknown from unnest([${zones.map(literal).join(', ')}]) as zones (zone)
		 where zone not in (select name from pg_timezone_names())`,
	);
	expect(unknown).toBeNull();
});

test.each(['infinity', '-infinity', '294247-01-10 04:00:54', '0001-01-01 00:00:00', '290308-12-22 00:00:00 (BC)'])(
	'the local time of %s is a time or null, not an error',
	async (text) => {
		for (const sql of [localTimeSql, instantSql]) {
			for (const zone of ['Asia/Kathmandu', 'America/Los_Angeles']) {
				await expect(duckdb.rows(`select ${sql(zone, `timestamp '${text}'`)}`)).resolves.toHaveLength(1);
			}
		}
	},
);

test.each([
	['Europe/Berlin', 'Europe/Berlin'],
	['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
	['Etc/GMT-14', 'Etc/GMT-14'],
	['UTC', 'UTC'],
	['Etc/UTC', 'UTC'],
	['Europe/Nowhere', undefined],
	['CET', undefined],
	['+02:00', undefined],
	['europe/berlin', undefined],
	['', undefined],
])('the name %j is the zone %s', (name, zone) => expect(findTimeZone(name)).toBe(zone));

describe('the setting of the zone', () => {
	it.each([
		[undefined, undefined, 'UTC'],
		['', undefined, 'UTC'],
		['Asia/Tokyo', undefined, 'Asia/Tokyo'],
		[undefined, 'Asia/Tokyo', 'Asia/Tokyo'],
		['Asia/Tokyo', 'Asia/Tokyo', 'Asia/Tokyo'],
	])('is %s in the environment and %s in the project: %s', (variable, ofProject, zone) => {
		expect(readTimeZone({ SHOPLAKE_TIME_ZONE: variable }, ofProject)).toBe(zone);
	});

	it('is refused where it is no zone, or the two differ', () => {
		expect(() => readTimeZone({ SHOPLAKE_TIME_ZONE: 'Berlin' }, undefined)).toThrow(
			"SHOPLAKE_TIME_ZONE=Berlin: must be the name of a time zone, such as 'Europe/Berlin'.",
		);
		expect(() => readTimeZone({ SHOPLAKE_TIME_ZONE: 'Asia/Tokyo' }, 'Europe/Berlin')).toThrow(
			"SHOPLAKE_TIME_ZONE=Asia/Tokyo, but the project's timeZone is 'Europe/Berlin'.",
		);
	});
});
