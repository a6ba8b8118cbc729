import { execFile, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TryAgainError } from '../../platform/errors';
import { commandLine } from '../command-line';
import { lastOutput } from '../last-lines';
import type { Layout } from '../layout';
import { readSettings, type Settings, withSettings } from '../settings';

/** The relay that was started last, and the settings it was started with. */
interface Relay {
	readonly pid: number;
	readonly settings: Settings;
}

const command = ['orders', 'relay'];
const stopMs = 10_000;
const pollMs = 50;

/** The process of this clone's relay, where it runs. Another process that got the same id since is not taken for it. */
export async function runningRelay({ relay }: Layout): Promise<Relay | undefined> {
	if (!existsSync(relay)) return undefined;
	const started = JSON.parse(await readFile(relay, 'utf8')) as Relay;
	return (await commandLine(started.pid)).includes(command.join(' ')) ? started : undefined;
}

/**
 * Makes the relay run that takes live orders to Kinesis, since a Pipe of MiniStack does not: `orders relay`, apart from
 * this process. One that runs with other settings is replaced.
 */
export async function relayUp(layout: Layout, settings: Settings): Promise<void> {
	const before = await runningRelay(layout);
	if (before && JSON.stringify(before.settings) === JSON.stringify(settings)) return;
	if (before) await relayDown(layout);
	const log = openSync(layout.relayLog, 'w');
	const child = spawn(process.execPath, [join(layout.program, 'dist', 'cli.js'), ...command], {
		cwd: layout.folder,
		env: { ...withSettings(process.env, settings), SHOPLAKE_HOME: layout.home },
		detached: true,
		stdio: ['ignore', log, log],
	});
	child.unref();
	if (child.pid !== undefined) await writeFile(layout.relay, `${JSON.stringify({ pid: child.pid, settings })}\n`);
}

/**
 * Has all changes so far relayed, then no more: MiniStack forgets a table's stream when it is stopped. Throws TryAgainError
 * where that fails.
 */
export async function relayTheRest(layout: Layout): Promise<void> {
	await relayDown(layout);
	const settings = await readSettings(layout);
	if (!settings?.SHOPLAKE_ORDER_STREAM) return;
	const env = { ...withSettings(process.env, settings), SHOPLAKE_HOME: layout.home };
	const run = promisify(execFile);
	await run(process.execPath, [join(layout.program, 'dist', 'cli.js'), ...command, '--once'], { env }).catch(
		(error) => {
			throw new TryAgainError(
				`Changes of OrderTable that are not in the lake yet would be lost: they can't be relayed (${lastOutput(error)}). Try again; 'shoplake local reset' does without them.`,
			);
		},
	);
}

/** Stops the relay, which notes how far it has come, and waits until it has ended. */
export async function relayDown(layout: Layout): Promise<void> {
	const running = await runningRelay(layout);
	if (running) {
		process.kill(running.pid, 'SIGTERM');
		for (const deadline = Date.now() + stopMs; await runningRelay(layout); await sleep(pollMs)) {
			// What it has relayed since it last noted it is relayed again, and counts once.
			if (Date.now() > deadline) process.kill(running.pid, 'SIGKILL');
		}
	}
	await rm(layout.relay, { force: true });
}
