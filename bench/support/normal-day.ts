import type { IdKind } from '../../tasks/generate';
import type { Measured } from '../../test/support/measure';
import type { BenchLake } from './lake';

/** The steps of a day, in order. Each runs as its own process. */
export const steps = ['generate', 'ingest', 'clean', 'aggregate', 'crawl', 'load-kpis'] as const;
export type Step = (typeof steps)[number];

/** Runs a generated day of 1,000 orders with 2 % dirt through all six steps. */
export async function normalDay(
	lake: BenchLake,
	day: { date: string; since: string; ids: IdKind },
): Promise<Readonly<Record<Step, Measured>>> {
	const { date, since, ids } = day;
	const generated = ['--date', date, '--records', '1000', '--dirt', '0.02', '--ids', ids, '--since', since];
	return {
		generate: await lake.task('generate', ...generated, '--json'),
		ingest: await lake.task('ingest', '--batch', date, '--json'),
		clean: await lake.task('clean', '--batch', date, '--json'),
		aggregate: await lake.task('aggregate', '--json'),
		crawl: await lake.task('crawl', '--json'),
		'load-kpis': await lake.task('load-kpis', '--json'),
	};
}

/** Adds days to a date. */
export const plusDays = (date: string, days: number): string =>
	new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);

/** Sums the seconds of all steps. */
export const total = (day: Readonly<Record<Step, Measured>>): number =>
	steps.reduce((sum, step) => sum + day[step].seconds, 0);
