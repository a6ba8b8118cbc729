/**
 * Compares `clean` and `aggregate` on DuckDB with the same on a Trino behind Athena's API: a week of orders, lines and
 * events as one batch in an empty lake. The tables of both must have the same rows and sums.
 *
 *   npm run build && npx tsx bench/engines.ts [--orders 100000,300000]
 *
 * Prints Markdown. Needs Linux: it reads Trino's CPU time from /proc.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { generateFiles } from '../tasks/generate';
import { startAthenaGateway } from '../test/support/athena-gateway/gateway';
import type { Measured } from '../test/support/measure';
import { startTrino } from '../test/support/trino/server';
import { readDayTables, requireSameTables } from './support/day-tables';
import { machine, markdownTable } from './support/figures';
import { type BenchLake, startAws } from './support/lake';
import { plusDays } from './support/normal-day';

const [since, days] = ['2026-11-14', 7];
const { values: flags } = parseArgs({ options: { orders: { type: 'string', default: '100000' } } });
const rows: Record<string, string | number>[] = [];

const aws = await startAws();
const glue = new GlueClient();
for (const Name of ['shoplake_scratch', 'ecommerce_analytics_db']) {
	await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name } }));
}
const trino = await startTrino(process.env.AWS_ENDPOINT_URL ?? '');
const gateway = await startAthenaGateway({ trino: trino.endpoint });
const trinosCpu = cpuClock('java');
try {
	for (const orders of flags.orders.split(',').map(Number)) await compare(orders);
	console.log(`${machine()}\n\n${markdownTable(rows)}`);
} finally {
	await gateway.stop();
	await trino.stop();
	await aws.stop();
}

async function compare(orders: number): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'engines-'));
	try {
		for (let day = 0; day < days; day++) {
			const date = plusDays(since, day);
			const records = Math.round(orders / days);
			await generateFiles({ date, records, dirt: 0.02, ids: 'random', since, folder: join(folder, date) });
		}
		const tables = new Map<string, Awaited<ReturnType<typeof readDayTables>>>();
		for (const engine of ['duckdb', 'athena']) {
			const lake = await aws.lake(`${engine}-${orders}`);
			lake.env.AWS_ENDPOINT_URL_ATHENA = gateway.endpoint;
			await lake.task('ingest', '--batch', 'week', '--source', folder, '--as-of', plusDays(since, days - 1));
			for (const task of [['clean', '--batch', 'week'], ['aggregate']] as const)
				await measureTask(lake, engine, orders, task);
			tables.set(engine, await readDayTables(lake));
			await lake.empty();
		}
		requireSameTables(tables);
	} finally {
		await rm(folder, { recursive: true });
	}
}

async function measureTask(lake: BenchLake, engine: string, orders: number, task: readonly string[]): Promise<void> {
	const before = trinosCpu();
	const measured: Measured = await lake.task(...task, '--engine', engine, '--json');
	const { statements = '', scanned_bytes, cost_usd } = measured.result as Record<string, number>;
	rows.push({
		orders,
		task: task[0] ?? '',
		engine,
		seconds: measured.seconds.toFixed(1),
		'CPU seconds of the task': measured.cpuSeconds.toFixed(1),
		'of Trino': engine === 'athena' ? (trinosCpu() - before).toFixed(1) : '',
		'peak MiB of the task': measured.peakMib.toFixed(0),
		statements,
		'MB scanned': scanned_bytes === undefined ? '' : (scanned_bytes / 1e6).toFixed(1),
		'cost, USD': cost_usd === undefined ? '' : cost_usd.toFixed(4),
	});
	console.error(JSON.stringify(rows.at(-1)));
}

/** Reads the CPU seconds that the child process of a name has used. */
function cpuClock(name: string): () => number {
	const stat = (pid: string) => {
		const [, command = '', rest = ''] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
		return { command, fields: rest.split(' ') };
	};
	const pid = readdirSync('/proc').find((entry) => {
		if (!/^\d+$/.test(entry)) return false;
		try {
			const { command, fields } = stat(entry);
			return command === name && Number(fields[1]) === process.pid;
		} catch {
			// It has ended.
			return false;
		}
	});
	if (pid === undefined) throw new Error(`no child process ${name}`);
	return () => {
		const { fields } = stat(pid);
		return (Number(fields[11]) + Number(fields[12])) / 100;
	};
}
