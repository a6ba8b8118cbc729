/**
 * Compares `shoplake clean` and `aggregate` of one large day, Bronze to Gold, with the floor, Polars and PySpark. All run
 * in turns.
 *
 *   npx tsx bench/run-day.ts [--records 1000000] [--ids random] [--repeat 3] [--memory 2GiB] [--peers floor,polars,pyspark]
 *
 * Prints Markdown. Fails if the peers' results differ from the lake's.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateFiles, type IdKind } from '../tasks/generate';
import { pythonEnvironment } from '../tasks/local/python-environment';
import { type Measured, measure } from '../test/support/measure';
import { machine, markdownTable, median, spread } from './support/figures';
import { type BenchLake, startAws } from './support/lake';

const date = '2026-11-20';
const home = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
	options: {
		records: { type: 'string', default: '1000000' },
		ids: { type: 'string', default: 'random' },
		dirt: { type: 'string', default: '0.02' },
		repeat: { type: 'string', default: '3' },
		memory: { type: 'string', default: '2GiB' },
		peers: { type: 'string', default: 'floor,polars,pyspark' },
		work: { type: 'string', default: join(home, '.shoplake', 'bench') },
	},
});
const peers = flags.peers.split(',').filter((peer) => peer !== '');
const repeat = Number(flags.repeat);

/** The column of each table whose sums are compared. */
const compared = {
	silver_orders: 'total_amount',
	silver_order_items: 'line_amount',
	silver_products: 'price',
	gold_daily_sales: 'amount',
	gold_category_kpis: 'avg_order_value',
	gold_order_kpis: 'total_revenue',
	gold_customer_daily: 'revenue',
	gold_customer_value: 'avg_order_value',
	gold_inventory_health: 'daily_demand',
	gold_sales_anomalies: 'amount',
};
type Tables = Readonly<Record<string, { rows: number; sum: string }>>;

/** The measurements of one round, by contender. */
interface Round {
	readonly clean: Measured;
	readonly aggregate: Measured;
	readonly peers: Readonly<Record<string, Measured>>;
}

const folder = join(flags.work, 'day');
const needsPython = peers.some((peer) => peer !== 'floor');
const bin = needsPython
	? await pythonEnvironment({
			folder: join(home, '.shoplake', 'bench-venv'),
			requirements: join(home, 'bench', 'requirements.txt'),
			purpose: 'The comparison with Polars and PySpark',
			onInstall: () => console.error('Installing Polars and PySpark (about 500 MB) …'),
		})
	: '';
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
let ingest: Measured | undefined;
try {
	for (let number = 1; number <= repeat; number++) {
		const lake = await aws.lake(`bench-${number}`);
		ingest = await lake.task('ingest', '--batch', date, '--source', folder);
		rounds.push(await round(lake, number));
		await lake.empty();
	}
} finally {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
}
report();

/** Runs every contender once, in a different order each round, and compares the results. */
async function round(lake: BenchLake, number: number): Promise<Round> {
	const done: Record<string, Measured> = {};
	let clean: Measured | undefined;
	let aggregate: Measured | undefined;
	const order = ['shoplake', ...peers];
	for (let turn = 0; turn < order.length; turn++) {
		const contender = order[(turn + number - 1) % order.length] as string;
		if (contender === 'shoplake') {
			clean = await lake.task('clean', '--batch', date, '--json');
			aggregate = await lake.task('aggregate', '--json');
		} else done[contender] = await runPeer(contender, lake);
		console.error(`round ${number}: ${contender} ${(done[contender] ?? clean)?.seconds} s`);
	}
	const ours = await listTables(lake);
	for (const [peer, { result }] of Object.entries(done)) {
		if (peer !== 'floor') requireAgreement(peer, ours, result.tables as Tables);
	}
	return { clean: clean as Measured, aggregate: aggregate as Measured, peers: done };
}

async function runPeer(peer: string, lake: BenchLake): Promise<Measured> {
	if (peer === 'floor') {
		const script = join(home, 'bench', 'peers', 'floor.mjs');
		return measure('node', [script, '--batch', date, '--to', 'floor/'], { env: lake.env });
	}
	const out = join(flags.work, peer);
	await rm(out, { recursive: true, force: true });
	await mkdir(out, { recursive: true });
	const script = join(home, 'bench', 'peers', `${peer}_day.py`);
	const done = await measure(join(bin, 'python'), [script, '--source', folder, '--date', date, '--out', out]);
	await rm(out, { recursive: true });
	return done;
}

async function listTables(lake: BenchLake): Promise<Tables> {
	const selects = Object.entries(compared).map(
		([table, column]) =>
			`select '${table}' as name, count(*) as n, cast(cast(sum(${column}) as decimal(38,4)) as varchar) as total from ${table}`,
	);
	const rows = await lake.rows(selects.join('\nunion all\n'));
	return Object.fromEntries(rows.map(({ name, n, total }) => [name, { rows: Number(n), sum: String(total) }]));
}

function requireAgreement(peer: string, ours: Tables, theirs: Tables): void {
	for (const [table, figures] of Object.entries(ours)) {
		if (JSON.stringify(theirs[table]) === JSON.stringify(figures)) continue;
		throw new Error(
			`${peer} and the lake differ in ${table}: ${JSON.stringify(theirs[table])}, ${JSON.stringify(figures)}`,
		);
	}
}

function report(): void {
	const ours = rounds.map(({ clean, aggregate }) => clean.seconds + aggregate.seconds);
	const rows = [
		row(
			'`shoplake clean`',
			rounds.map(({ clean }) => clean),
		),
		row(
			'`shoplake aggregate`',
			rounds.map(({ aggregate }) => aggregate),
		),
		{
			what: '**both**',
			'seconds (min / median / max)': spread(ours),
			'without start-up': '',
			'CPU seconds': median(rounds.map(({ clean, aggregate }) => clean.cpuSeconds + aggregate.cpuSeconds)).toFixed(1),
			'peak MiB': Math.max(...rounds.map(({ clean, aggregate }) => Math.max(clean.peakMib, aggregate.peakMib))),
			'times as long as both (min / median / max)': '1',
		},
		...peers.map((peer) => {
			const theirs = rounds.map((one) => one.peers[peer] as Measured);
			const ratios = theirs.map(({ seconds }, index) => seconds / (ours[index] as number));
			return { ...row(peer, theirs), 'times as long as both (min / median / max)': spread(ratios, 2) };
		}),
	];
	console.log(
		[
			`${day.records.orders} orders, ${day.records.order_items} lines, ${day.records.products} products; ${megabytes.toFixed(0)} MB of NDJSON; ${flags.ids} ids; ${repeat} rounds; SHOPLAKE_MEMORY=${flags.memory}.`,
			`${machine()}.`,
			`\`ingest\` of the day, not compared: ${ingest?.seconds.toFixed(1)} s, ${ingest?.peakMib} MiB.`,
			peers.some((peer) => peer !== 'floor') ? 'Rows and sums of all tables agree.' : '',
			'',
			markdownTable(rows),
		].join('\n'),
	);
}

/** A row of the table. A peer's own clock starts when its session is up. */
function row(what: string, measured: readonly Measured[]) {
	const own = measured.map(({ result }) => Number(result.seconds));
	return {
		what,
		'seconds (min / median / max)': spread(measured.map(({ seconds }) => seconds)),
		'without start-up': spread(own),
		'CPU seconds': median(measured.map(({ cpuSeconds }) => cpuSeconds)).toFixed(1),
		'peak MiB': Math.max(...measured.map(({ peakMib }) => peakMib)),
		'times as long as both (min / median / max)': '',
	};
}
