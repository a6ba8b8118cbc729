/**
 * Checks whether a day costs the same after a year as after a week: loads 365 days of 1,000 orders, with time-ordered and
 * with random ids, and compares days 8 to 10 with days 363 to 365, run as six processes each.
 *
 *   npx tsx bench/history.ts [--days 365] [--ids time,random]
 *
 * Prints Markdown. Takes about an hour for each kind of ids.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateFiles, type IdKind } from '../tasks/generate';
import { machine, markdownTable, median } from './support/figures';
import { type BenchLake, startAws } from './support/lake';
import { normalDay, plusDays, type Step, steps, total } from './support/normal-day';
import { readSizes, type Sizes } from './support/sizes';

const first = '2025-11-21';
const { values: flags } = parseArgs({
	options: { days: { type: 'string', default: '365' }, ids: { type: 'string', default: 'time,random' } },
});
const days = Number(flags.days);
const early = [8, 9, 10];
const late = [days - 2, days - 1, days];

interface History {
	readonly early: readonly Awaited<ReturnType<typeof normalDay>>[];
	readonly late: readonly Awaited<ReturnType<typeof normalDay>>[];
	readonly sizes: { readonly early: Sizes; readonly late: Sizes };
}

const aws = await startAws();
try {
	console.log(`${machine()}; days of 1,000 orders with 2 % dirt.`);
	for (const ids of flags.ids.split(',') as IdKind[])
		report(ids, await liveThrough(await aws.lake(`history-${ids}`), ids));
} finally {
	await aws.stop();
}

/** Loads all days into a lake. Days that are not measured run in one process each. */
async function liveThrough(lake: BenchLake, ids: IdKind): Promise<History> {
	const measured = new Map<number, Awaited<ReturnType<typeof normalDay>>>();
	const sizes = new Map<number, Sizes>();
	for (let day = 1; day <= days; day++) {
		const date = plusDays(first, day - 1);
		if (early.includes(day) || late.includes(day)) {
			measured.set(day, await normalDay(lake, { date, since: first, ids }));
			sizes.set(day, await readSizes(aws.s3, lake.bucket));
		} else await passThrough(lake, date, ids);
		if (day % 10 === 0) console.error(`${ids} ids: day ${day}`);
	}
	const of = <T>(all: ReadonlyMap<number, T>, wanted: readonly number[]) => wanted.map((day) => all.get(day) as T);
	return {
		early: of(measured, early),
		late: of(measured, late),
		sizes: { early: of(sizes, early)[0] as Sizes, late: of(sizes, late)[2] as Sizes },
	};
}

async function passThrough(lake: BenchLake, date: string, ids: IdKind): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'history-'));
	try {
		await generateFiles({ date, records: 1000, dirt: 0.02, ids, since: first, folder });
		await lake.task('run', '--batch', date, '--source', folder, '--json');
	} finally {
		await rm(folder, { recursive: true });
	}
}

type Day = History['early'][number];

function report(ids: IdKind, { early: week, late: year, sizes }: History): void {
	const compared = (what: string, a: number, b: number, places = 2) => ({
		what,
		'day 8': a.toFixed(places),
		[`day ${days}`]: b.toFixed(places),
		ratio: a === 0 ? '' : (b / a).toFixed(2),
	});
	const both = (what: string, figure: (day: Day) => number, places?: number) =>
		compared(what, median(week.map(figure)), median(year.map(figure)), places);
	const said = (day: Day, step: Step, field: string) => Number(day[step].result[field]);
	const rows = steps.flatMap((step) => [
		both(`${step}: seconds`, (day) => day[step].seconds),
		both(`${step}: CPU seconds`, (day) => day[step].cpuSeconds),
		both(`${step}: requests`, (day) => said(day, step, 'requests'), 0),
		both(`${step}: MB read`, (day) => said(day, step, 'bytes_in') / 1e6),
	]);
	console.log(
		[
			'',
			`### ${ids === 'time' ? 'Time-ordered' : 'Random'} ids`,
			'',
			`Medians of days ${early.join(', ')} and of days ${late.join(', ')}.`,
			'',
			markdownTable([...rows, both('**all six: seconds**', total)]),
			'',
			markdownTable(
				Object.keys(sizes.late).map((what) => compared(what, sizes.early[what] ?? 0, sizes.late[what] ?? 0, 0)),
			),
		].join('\n'),
	);
}
