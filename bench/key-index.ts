/**
 * Measures a look-up in a synthetic key index of 100 million orders, a million a day, in runs of two days: what it fetches,
 * and what that takes. A folder stands in for S3.
 *
 *   npx esbuild bench/key-index.ts --bundle --packages=external --format=esm --platform=node --loader:.sql=text --outfile=key-index.mjs
 *   SHOPLAKE_MEMORY=2GiB node key-index.mjs FOLDER SCENARIO
 *
 * SCENARIO is `unranged` (the index of an earlier version), `new` (a day of new orders), `month` (the same, with 1 % of the
 * orders of the last 30 days again), `old` (the same of all days) or `random` (UUIDs). Prints one line.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createContext } from '../tasks/context';
import type { ObjectStore, TableManifest } from '../tasks/lake';
import { possibleOrderDates } from '../tasks/pipeline/silver/key-index';
import type { SilverRun } from '../tasks/pipeline/silver/silver-run';

const [folder = '', scenario = ''] = process.argv.slice(2);
const [runs, rowsPerRun, perDay] = [50, 2_000_000, 1_000_000];
const scratch = join(folder, 'scratch');
await mkdir(scratch, { recursive: true });
let fetched = 0;
let files = 0;
const store = {
	traffic: { in: 0, out: 0 },
	download: async (key: string, path: string) => {
		await copyFile(join(folder, key), path);
		const { size } = await stat(path);
		fetched += size;
		files++;
	},
} as unknown as ObjectStore;
const { context, dispose } = createContext({
	task: 'bench',
	verbose: false,
	signal: new AbortController().signal,
	env: { ...process.env, SHOPLAKE_BUCKET: 'bench', SHOPLAKE_SCRATCH: scratch },
	openStore: () => store,
});

/** The id at a place: they count up from 1. */
const id = (number: string) => `'o' || lpad(cast(${number} as varchar), 10, '0')`;
const idText = (number: number) => `0011o${String(number).padStart(10, '0')}`;

/** Hashes of ids are random numbers; those of the last run are the ids' own, so that some orders are found. */
async function makeIndex(): Promise<TableManifest> {
	const partitions: Record<string, TableManifest['partitions'][string]> = {};
	const duckdb = await context.duckdb();
	for (let run = 0; run < runs; run++) {
		const key = `keys/orders/v=${run}/part-0.parquet`;
		const [from, to] = [run * rowsPerRun, (run + 1) * rowsPerRun];
		if (!existsSync(join(folder, key))) {
			await mkdir(join(folder, `keys/orders/v=${run}`), { recursive: true });
			const hash = run === runs - 1 ? `md5_number_lower(${id('range')})` : 'hash(range)';
			await duckdb.execute(
				`copy (select cast(${hash} >> 1 as bigint) as key_hash, date '2026-01-01' + cast(range // ${perDay} as int) as home
				 from range(${from}, ${to})) to '${join(folder, key)}' (format parquet, compression zstd, compression_level 1, row_group_size 122880)`,
			);
		}
		const counted = { least: idText(from), most: idText(to - 1) };
		const facts = scenario === 'random' ? { least: '00360', most: '0036g' } : counted;
		const range = scenario === 'unranged' ? {} : { facts };
		const file = { key, rows: rowsPerRun, bytes: (await stat(join(folder, key))).size };
		partitions[String(run)] = {
			version: String(run),
			files: [file],
			rows: rowsPerRun,
			fingerprint: String(run),
			...range,
		};
	}
	return { format: 2, table: 'keys_orders', contract: 1, partitions };
}

const total = runs * rowsPerRun;
const repeated = { unranged: 0, new: 0, month: 30 * perDay, old: total, random: 0 }[scenario];
if (repeated === undefined) throw new Error(`there is no scenario '${scenario}'`);
const newIds =
	scenario === 'random'
		? `select cast(uuid() as varchar) as order_id from range(${perDay})`
		: `select ${id('range')} as order_id from range(${total}, ${total + perDay})`;
const again = `select ${id(`${total} - 1 - range * ${Math.max(1, repeated / (perDay / 100))}`)} from range(${perDay / 100})`;
const manifest = await makeIndex();
const engine = await context.engine();
const ids = await engine.keep(repeated > 0 ? `${newIds} union all ${again}` : newIds, { inputs: {} });
const [began, cpu] = [performance.now(), process.cpuUsage()];
const run = { engine, snapshot: { table: async () => manifest } } as unknown as SilverRun;
const dates = await possibleOrderDates(run, ids);
const { user, system } = process.cpuUsage(cpu);
console.log(
	`${scenario}: ${files} of ${runs} runs, ${(fetched / 1e6).toFixed(1)} MB, ${((performance.now() - began) / 1000).toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} CPU s, peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB, ${dates.length} dates`,
);
await dispose();
await rm(scratch, { recursive: true, force: true });
