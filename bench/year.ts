/**
 * Compares a normal day on a lake with a week of history and on one with a year. The two alternate, so both see the same
 * load on the machine. The history comes in one batch; bench/history.ts loads the year day by day instead, which takes an
 * hour. With `--early 40` both lakes have the windows of 28 and 30 days that Gold reads.
 *
 *   npx tsx bench/year.ts [--ids random] [--repeat 4] [--early 7] [--late 364]
 *
 * Prints Markdown. Takes about 6 minutes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateFiles, type IdKind } from '../tasks/generate';
import { machine, markdownTable, median } from './support/figures';
import { type BenchLake, startAws } from './support/lake';
import { normalDay, plusDays, steps, total } from './support/normal-day';

const lastOfHistory = '2026-11-20';
const { values: flags } = parseArgs({
	options: {
		ids: { type: 'string', default: 'random' },
		repeat: { type: 'string', default: '4' },
		early: { type: 'string', default: '7' },
		late: { type: 'string', default: '364' },
	},
});
const ids = flags.ids as IdKind;

interface History {
	readonly lake: BenchLake;
	/** The first day of the history. */
	readonly since: string;
	readonly days: Awaited<ReturnType<typeof normalDay>>[];
}

const aws = await startAws();
try {
	const early = await buildLake(Number(flags.early));
	const late = await buildLake(Number(flags.late));
	for (let day = 1; day <= Number(flags.repeat); day++) {
		for (const { lake, since, days } of [early, late]) {
			days.push(await normalDay(lake, { date: plusDays(lastOfHistory, day), since, ids }));
		}
		console.error(
			`day ${day}: ${[early, late].map(({ days }) => total(days.at(-1) as never).toFixed(2)).join(' and ')} s`,
		);
	}
	report(early, late);
} finally {
	await aws.stop();
}

/** Creates a lake with a number of days of 1,000 orders. */
async function buildLake(days: number): Promise<History> {
	const lake = await aws.lake(`days-${days}`);
	const since = plusDays(lastOfHistory, 1 - days);
	const folder = await mkdtemp(join(tmpdir(), 'year-'));
	try {
		for (let day = 0; day < days; day++) {
			const date = plusDays(since, day);
			await generateFiles({ date, records: 1000, dirt: 0, ids, since, folder: join(folder, date) });
		}
		const { seconds } = await lake.task(
			'run',
			'--batch',
			'history',
			'--source',
			folder,
			'--as-of',
			lastOfHistory,
			'--json',
		);
		console.error(`${days} days in one batch: ${seconds.toFixed(0)} s`);
	} finally {
		await rm(folder, { recursive: true });
	}
	return { lake, since, days: [] };
}

function report(early: History, late: History): void {
	const cpu = (day: History['days'][number]) => steps.reduce((sum, step) => sum + day[step].cpuSeconds, 0);
	const row = (what: string, figure: (day: History['days'][number]) => number) => {
		const [a, b] = [early, late].map(({ days }) => median(days.map(figure))) as [number, number];
		return {
			what,
			[`after ${flags.early} days`]: a.toFixed(2),
			[`after ${flags.late} days`]: b.toFixed(2),
			ratio: (b / a).toFixed(2),
		};
	};
	const rows = steps.map((step) => row(`\`${step}\`: CPU seconds`, (day) => day[step].cpuSeconds));
	console.log(`${machine()}; days of 1,000 orders with 2 % dirt, ${ids} ids; medians of ${flags.repeat} days.\n`);
	console.log(markdownTable([...rows, row('**all six: CPU seconds**', cpu), row('**all six: seconds**', total)]));
}
