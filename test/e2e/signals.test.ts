import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../tasks/platform/random';
import { type AwsLake, createAwsLake } from '../support/aws-lake';
import { runCli, runResult, startAws, startCli } from '../support/cli';
import type { Server } from '../support/server';

/** `SHOPLAKE_SIGNAL_SEED` repeats the same signals; `SHOPLAKE_SIGNALS` sets how many. */
const seed = process.env.SHOPLAKE_SIGNAL_SEED ?? String(Date.now() % 1_000_000);
const signals = Number(process.env.SHOPLAKE_SIGNALS ?? 40);

const batch = '2026-11-20';
/** A task that has not ended this long after a signal counts as hanging and is killed: its code is null. */
const longestMs = 60_000;
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

let aws: Server;
let folder: string;
beforeAll(async () => {
	aws = await startAws();
	folder = await mkdtemp(join(tmpdir(), 'shoplake-e2e-'));
}, 600_000);
afterAll(async () => {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

/** A lake, the scratch folder of its tasks, and the commands to send signals to, each with all of its work still to do. */
interface Site {
	readonly lake: AwsLake;
	readonly env: NodeJS.ProcessEnv;
	readonly scratch: string;
	readonly commands: readonly (readonly string[])[];
}

async function makeSite(name: string, commands: Site['commands']): Promise<Site> {
	const lake = await createAwsLake(name);
	const scratch = join(folder, `scratch-${name}`);
	await mkdir(scratch);
	const env = { ...lake.env, SHOPLAKE_SCRATCH: scratch };
	await runResult(env, 'generate', '--date', batch, '--records', '1000', '--seed', 'stop', '--dirt', '0.02');
	await runResult(env, 'ingest', '--batch', batch);
	return { lake, env, scratch, commands };
}

/**
 * Runs a command and sends it a signal `at` ms after it has made its first scratch folder, if it still runs then. Returns
 * how long it worked from that moment on, how it ended, and what it left behind.
 */
async function run({ env, scratch }: Site, args: readonly string[], stop?: { at: number; by: NodeJS.Signals }) {
	const running = startCli(env, ...args);
	let isOver = false;
	const ended = running.ended.finally(() => {
		isOver = true;
	});
	while (!isOver && (await readdir(scratch)).length === 0) await sleep(2);
	const from = Date.now();
	let deadline: NodeJS.Timeout | undefined;
	if (stop) await Promise.race([ended, sleep(stop.at)]);
	if (stop && !isOver) {
		running.kill(stop.by);
		deadline = setTimeout(() => running.kill('SIGKILL'), longestMs);
	}
	const { code, result } = await ended;
	clearTimeout(deadline);
	return { ms: Date.now() - from, code, status: result.status, left: await readdir(scratch) };
}

/** The number of the newest head; putting the lake back to it undoes what a task has done. */
const readHead = async ({ env }: Site) => Number((await runResult(env, 'status')).head);

/** Sends signals to a site's commands in turn; returns how many were stopped, and those that ended in a wrong way. */
async function sendSignals(site: Site, count: number, random: Random) {
	const undisturbedMs: number[] = [];
	for (const command of site.commands) {
		const head = await readHead(site);
		undisturbedMs.push((await run(site, command)).ms);
		await runResult(site.env, 'rollback', '--to', String(head));
	}
	const head = await readHead(site);
	let stopped = 0;
	const wrong: unknown[] = [];
	for (let number = 0; number < count; number++) {
		const turn = number % site.commands.length;
		const command = site.commands[turn] as readonly string[];
		const stop = { at: random.below(Math.ceil((undisturbedMs[turn] as number) * 0.8)), by: random.pick(stopSignals) };
		const { ms, code, status, left } = await run(site, command, stop);
		if (code === 143 && status === 'terminated' && left.length === 0) stopped++;
		else if (code === 0 && left.length === 0) {
			// The machine has become faster: the next signals come earlier.
			undisturbedMs[turn] = Math.min(undisturbedMs[turn] as number, ms);
			await runResult(site.env, 'rollback', '--to', String(head));
		} else wrong.push({ command, stop, code, status, left });
	}
	return { stopped, wrong };
}

it(
	`${signals} signals at moments of seed ${seed} end tasks with 143, leave no scratch files and a consistent lake`,
	async () => {
		const source = ['--source', `s3://lake-ingested/landing`];
		const ingested = await makeSite('ingested', [
			['ingest', '--batch', 'another', ...source],
			['clean', '--batch', batch],
			['run', '--batch', 'whole', ...source],
		]);
		const cleaned = await makeSite('cleaned', [['aggregate']]);
		await runResult(cleaned.env, 'clean', '--batch', batch);
		const ended = await Promise.all([
			sendSignals(ingested, Math.round(signals * 0.75), new Random(`${seed} ingested`)),
			sendSignals(cleaned, Math.round(signals * 0.25), new Random(`${seed} cleaned`)),
		]);
		expect(ended.flatMap(({ wrong }) => wrong)).toEqual([]);
		// A machine that has become faster may finish a task before its signal.
		expect(ended.reduce((sum, { stopped }) => sum + stopped, 0)).toBeGreaterThan(signals * 0.6);

		// A run commits step by step: one that was stopped late has admitted its batch.
		const { code } = await runCli(ingested.env, 'withdraw', '--batch', 'whole');
		expect([0, 66]).toContain(code);
		await runResult(ingested.env, 'clean', '--batch', batch);
		for (const { env } of [ingested, cleaned]) await runResult(env, 'aggregate');
		expect(await ingested.lake.tables()).toEqual(await cleaned.lake.tables());
		// A signal takes about a second; a machine that is busy otherwise takes many times as long.
	},
	300_000 + signals * 20_000,
);
