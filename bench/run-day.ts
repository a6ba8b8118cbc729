/**
 * Compares the whole way of one large day, from source files to Gold: `shoplake run`, `shoplake ingest`, `clean` and
 * `aggregate`, a floor, Polars, dbt with DuckDB, and PySpark. All run in turns. `clean` and `aggregate` also have a floor
 * of their own, from Bronze.
 *
 *   npx tsx bench/run-day.ts [--records 1000000] [--ids random] [--repeat 3] [--memory 2GiB] [--peers polars,dbt,pyspark]
 *
 * `--peers ''` runs none of the last three. Prints Markdown. Fails unless the tables of all contenders agree.
 */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type GeneratedDay, generateFiles, type IdKind } from '../tasks/generate';
import type { Measured } from '../test/support/measure';
import { type DayTables, readDayTables, requireSameTables } from './support/day-tables';
import { machine, markdownTable, median, spread } from './support/figures';
import { type BenchAws, type BenchLake, startAws } from './support/lake';
import { installPeers, type PeerName, peerNames, runFloor } from './support/peers';

const date = '2026-11-20';
const home = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
	options: {
		records: { type: 'string', default: '1000000' },
		ids: { type: 'string', default: 'random' },
		dirt: { type: 'string', default: '0.02' },
		repeat: { type: 'string', default: '3' },
		memory: { type: 'string', default: '2GiB' },
		peers: { type: 'string', default: peerNames.join(',') },
		work: { type: 'string', default: join(home, '.shoplake', 'bench') },
	},
});
const peers = flags.peers.split(',').filter((peer) => peer !== '') as PeerName[];
for (const peer of peers) if (!peerNames.includes(peer)) throw new Error(`unknown peer ${peer}`);
const repeat = Number(flags.repeat);

/** The measurements of one round. */
interface Round {
	/** Each contender's processes, which together go the whole way. */
	readonly whole: Readonly<Record<string, readonly Measured[]>>;
	readonly bronzeFloor: Measured;
}

const folder = join(flags.work, 'day');
const runPeer = peers.length > 0 ? await installPeers(flags.work, { source: folder, date }) : undefined;
const day = await generateFiles({
	date,
	records: Number(flags.records),
	dirt: Number(flags.dirt),
	ids: flags.ids as IdKind,
	datasets: ['orders', 'order_items', 'products'],
	folder,
});
const megabytes = Object.values(day.bytes).reduce((sum, bytes) => sum + bytes, 0) / 1e6;
console.error(`generated ${day.records.orders} orders, ${day.records.order_items} lines, ${megabytes.toFixed(0)} MB`);

const aws = await startAws({ SHOPLAKE_MEMORY: flags.memory, SHOPLAKE_THREADS: '2', SHOPLAKE_SCRATCH: flags.work });
const rounds: Round[] = [];
try {
	const source = await uploadSource(aws.s3, day);
	for (let number = 1; number <= repeat; number++) rounds.push(await runRound(aws, source, number));
} finally {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
}
report();

/** Uploads the day's files into a bucket that no lake uses; returns their location. */
async function uploadSource(s3: S3Client, { files }: GeneratedDay): Promise<string> {
	const Bucket = 'bench-source';
	await s3.send(new CreateBucketCommand({ Bucket }));
	for (const { name, path, bytes } of files) {
		await s3.send(
			new PutObjectCommand({ Bucket, Key: `day/${name}`, Body: createReadStream(path), ContentLength: bytes }),
		);
	}
	return `s3://${Bucket}/day/`;
}

/** Runs every contender once, in a different order each round, and compares their tables. */
async function runRound({ lake }: BenchAws, source: string, number: number): Promise<Round> {
	const [one, three] = [await lake(`bench-run-${number}`), await lake(`bench-tasks-${number}`)];
	const ingest = ['--batch', date, '--source', source, '--json'];
	const contenders: Record<string, () => Promise<readonly Measured[]>> = {
		run: async () => [await one.task('run', ...ingest)],
		tasks: async () => [
			await three.task('ingest', ...ingest),
			await three.task('clean', '--batch', date, '--json'),
			await three.task('aggregate', '--json'),
		],
		floor: async () => [await runFloor(['--source', source], one.env)],
	};
	const tables = new Map<string, DayTables>();
	for (const peer of peers) {
		contenders[peer] = async () => {
			if (!runPeer) throw new Error('the peers are not installed');
			const done = await runPeer(peer);
			tables.set(peer, done.tables);
			return [done.measured];
		};
	}
	const whole: Record<string, readonly Measured[]> = {};
	const names = Object.keys(contenders);
	for (let turn = 0; turn < names.length; turn++) {
		const name = names[(turn + number - 1) % names.length] as string;
		whole[name] = await (contenders[name] as () => Promise<readonly Measured[]>)();
		console.error(`round ${number}: ${name} ${sum(whole[name], 'seconds').toFixed(1)} s`);
	}
	const bronzeFloor = await runFloor(['--batch', date], three.env);
	tables.set('run', await readDayTables(one));
	tables.set('tasks', await readDayTables(three));
	requireSameTables(tables);
	await emptyAll([one, three]);
	return { whole, bronzeFloor };
}

async function emptyAll(lakes: readonly BenchLake[]): Promise<void> {
	for (const lake of lakes) await lake.empty();
}

function report(): void {
	console.log(
		[
			`${day.records.orders} orders, ${day.records.order_items} lines, ${day.records.products} products; ${megabytes.toFixed(0)} MB of NDJSON; ${flags.ids} ids; ${repeat} rounds; SHOPLAKE_MEMORY=${flags.memory}.`,
			`${machine()}.`,
			`Rows and sums of all tables agree between \`shoplake run\`, its tasks${peers.map((peer) => `, ${peer}`).join('')}.`,
			'',
			'From source files to Gold:',
			'',
			markdownTable(wholeRows()),
			'',
			'From Bronze to Gold:',
			'',
			markdownTable(bronzeRows()),
		].join('\n'),
	);
}

/** A row of the contenders that go the whole way; ratios to both forms of shoplake. */
function wholeRows() {
	const names = { run: '`shoplake run`', tasks: '`ingest`, `clean`, `aggregate`', floor: 'floor' };
	return ['run', 'tasks', 'floor', ...peers].map((name) => ({
		...figures(
			names[name as keyof typeof names] ?? name,
			rounds.map(({ whole }) => whole[name] as readonly Measured[]),
			name === 'run' ? secondsToGold : undefined,
		),
		'times `run`': ratios(name, 'run'),
		'times the tasks': ratios(name, 'tasks'),
	}));
}

function bronzeRows() {
	const floors = rounds.map(({ bronzeFloor }) => [bronzeFloor]);
	const tasks = [0, 1, 2].map((index) => rounds.map(({ whole }) => [whole.tasks?.[index] as Measured]));
	const both = rounds.map(({ whole }) => whole.tasks?.slice(1) as readonly Measured[]);
	const compare = (measured: readonly (readonly Measured[])[]) =>
		spread(
			measured.map((one, index) => sum(one, 'seconds') / sum(floors[index] as readonly Measured[], 'seconds')),
			2,
		);
	return [
		{ ...figures('`ingest`, not compared', tasks[0] ?? []), 'times the floor': '' },
		{ ...figures('`clean`', tasks[1] ?? []), 'times the floor': '' },
		{ ...figures('`aggregate`', tasks[2] ?? []), 'times the floor': '' },
		{ ...figures('**`clean` and `aggregate`**', both), 'times the floor': compare(both) },
		{ ...figures('floor from Bronze', floors), 'times the floor': '1' },
	];
}

function figures(what: string, measured: readonly (readonly Measured[])[], seconds = wholeSeconds) {
	return {
		what,
		'seconds (min / median / max)': spread(measured.map(seconds)),
		'CPU seconds': median(measured.map((processes) => sum(processes, 'cpuSeconds'))).toFixed(1),
		'peak MiB': Math.max(...measured.flat().map(({ peakMib }) => peakMib)),
	};
}

/** How many times as long a contender took as a form of shoplake in the same round (min / median / max). */
function ratios(name: string, form: 'run' | 'tasks'): string {
	const seconds = (one: Round, of: string) =>
		(of === 'run' ? secondsToGold : wholeSeconds)(one.whole[of] as readonly Measured[]);
	return name === form
		? '1'
		: spread(
				rounds.map((one) => seconds(one, name) / seconds(one, form)),
				2,
			);
}

function wholeSeconds(processes: readonly Measured[]): number {
	return sum(processes, 'seconds');
}

/** Seconds of `shoplake run` without its steps after Gold, `crawl` and `load-kpis`. */
function secondsToGold(processes: readonly Measured[]): number {
	const steps = processes[0]?.result.steps as { step: string; seconds: number }[];
	const after = steps.filter(({ step }) => step === 'crawl' || step === 'load-kpis');
	return wholeSeconds(processes) - after.reduce((total, { seconds }) => total + seconds, 0);
}

function sum(processes: readonly Measured[], of: 'seconds' | 'cpuSeconds'): number {
	return processes.reduce((total, measured) => total + measured[of], 0);
}
