/**
 * Measures what a person waits for: `shoplake --help`, and a normal day run as six processes.
 *
 *   npx tsx bench/start-up.ts [--repeat 10] [--days 5]
 *
 * Prints Markdown.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from '../test/support/measure';
import { machine, markdownTable, spread } from './support/figures';
import { startAws } from './support/lake';
import { normalDay, plusDays, steps, total } from './support/normal-day';

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js');
const first = '2026-11-01';
const { values: flags } = parseArgs({
	options: { repeat: { type: 'string', default: '10' }, days: { type: 'string', default: '5' } },
});

const helps: number[] = [];
for (let number = 0; number < Number(flags.repeat); number++)
	helps.push((await measure('node', [cli, '--help'])).seconds);

const aws = await startAws();
const days: Awaited<ReturnType<typeof normalDay>>[] = [];
try {
	const lake = await aws.lake('start-up');
	// The first day is not counted: it finds an empty lake and creates the Glue tables.
	for (let number = 0; number <= Number(flags.days); number++) {
		const day = await normalDay(lake, { date: plusDays(first, number), since: first, ids: 'time' });
		if (number > 0) days.push(day);
	}
} finally {
	await aws.stop();
}

console.log(
	[
		`${machine()}.`,
		'',
		markdownTable([
			{ what: '`shoplake --help`', 'seconds (min / median / max)': spread(helps, 2), 'peak MiB': '' },
			...steps.map((step) => ({
				what: `\`shoplake ${step}\` of 1,000 orders`,
				'seconds (min / median / max)': spread(
					days.map((day) => day[step].seconds),
					2,
				),
				'peak MiB': Math.max(...days.map((day) => day[step].peakMib)),
			})),
			{ what: '**all six**', 'seconds (min / median / max)': spread(days.map(total), 2), 'peak MiB': '' },
		]),
	].join('\n'),
);
