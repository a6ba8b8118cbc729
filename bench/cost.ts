/**
 * Meters the daily path: some days are loaded one after another, the last but one by one task a step, as Airflow does, the
 * last by one `shoplake run`, as without Airflow. What the tasks recorded of these two days, and how much the lake grew,
 * goes into infra/cost/measured.json, from which `npm run docs:cost` computes docs/cost.md.
 *
 *   npx tsx bench/cost.ts [--orders 1000] [--days 7]
 *
 * Takes a minute for 1,000 orders a day, and about 20 for 100,000.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { MeteredDay, MeteredStep } from '../infra/cost/measured';
import { S3Store } from '../tasks/lake/s3-store';
import { type CostRecord, readCostRecords } from '../tasks/operations/cost';
import type { Measured } from '../test/support/measure';
import { type BenchLake, startAws } from './support/lake';
import { plusDays } from './support/normal-day';

const file = join(import.meta.dirname, '..', 'infra', 'cost', 'measured.json');
const since = '2026-11-02';
const { values: flags } = parseArgs({
	options: { orders: { type: 'string', default: '1000' }, days: { type: 'string', default: '7' } },
});
const [orders, days] = [Number(flags.orders), Number(flags.days)];

// One CPU and 2 GiB, as the large tasks have; on AWS there are no mirrors.
const aws = await startAws({ SHOPLAKE_MEMORY: '2GiB', SHOPLAKE_THREADS: '1', SHOPLAKE_MIRROR: 'false' });
try {
	const lake = await aws.lake('metered');
	const store = new S3Store(aws.s3, lake.bucket);
	for (let day = 0; day < days - 2; day++) await runDay(lake, plusDays(since, day));
	const before = await countBytes(store);
	const stepwise = await runSteps(lake, plusDays(since, days - 2));
	const after = await countBytes(store);
	const atOnce = await runDay(lake, plusDays(since, days - 1));
	const today = new Date().toISOString().slice(0, 10);
	const { records } = await readCostRecords(store, { from: plusDays(today, -1), to: today });
	const metered: MeteredDay = {
		orders,
		day: days,
		records: Number(stepwise.ingest?.result.received),
		stored_bytes: Object.fromEntries(
			Object.entries(after).map(([prefix, bytes]) => [prefix, bytes - (before[prefix] ?? 0)]),
		),
		steps: Object.entries({ ...stepwise, run: atOnce }).map(([step, measured]) => meter(step, measured, records)),
	};
	await keep(metered);
} finally {
	await aws.stop();
}

function generate(lake: BenchLake, date: string): Promise<Measured> {
	const given = ['--date', date, '--records', String(orders), '--dirt', '0.02', '--since', since];
	return lake.task('generate', ...given, '--json');
}

async function runDay(lake: BenchLake, date: string): Promise<Measured> {
	await generate(lake, date);
	const measured = await lake.task('run', '--scheduled-at', `${plusDays(date, 1)}T03:00:00Z`, '--json');
	console.error(`${date}: ${measured.seconds.toFixed(1)} s`);
	return measured;
}

/** Each step as its own process; the uploads are those of `generate`. */
async function runSteps(lake: BenchLake, date: string): Promise<Readonly<Record<string, Measured>>> {
	return {
		generate: await generate(lake, date),
		ingest: await lake.task('ingest', '--batch', date, '--json'),
		clean: await lake.task('clean', '--batch', date, '--json'),
		aggregate: await lake.task('aggregate', '--json'),
		crawl: await lake.task('crawl', '--json'),
		'load-kpis': await lake.task('load-kpis', '--json'),
	};
}

function meter(step: string, { cpuSeconds, peakMib, result }: Measured, records: readonly CostRecord[]): MeteredStep {
	const record = records.find(({ run_id }) => run_id === result.run_id);
	if (!record) throw new Error(`${step} has left no record.`);
	const { requests, dynamodb, bytes_in, bytes_out } = record;
	return { step, cpu_seconds: cpuSeconds, peak_mib: peakMib, bytes_in, bytes_out, requests, dynamodb };
}

/** Bytes of the bucket by top-level prefix, superseded files included. */
async function countBytes(store: S3Store): Promise<Record<string, number>> {
	const bytes: Record<string, number> = {};
	for await (const object of store.list('')) {
		const prefix = `${object.key.split('/')[0]}/`;
		bytes[prefix] = (bytes[prefix] ?? 0) + object.bytes;
	}
	return bytes;
}

/** Replaces the measurement of this size. */
async function keep(day: MeteredDay): Promise<void> {
	const earlier = JSON.parse(await readFile(file, 'utf8').catch(() => '[]')) as MeteredDay[];
	const all = [...earlier.filter(({ orders }) => orders !== day.orders), day].sort((a, b) => a.orders - b.orders);
	await writeFile(file, `${JSON.stringify(all, undefined, '\t')}\n`);
}
