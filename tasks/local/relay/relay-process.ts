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

/** The relay that was started last, and its settings. */
interface Relay {
	readonly pid: number;
	readonly settings: Settings;
}

const command = ['orders', 'relay'];
const stopMs = 10_000;
const pollMs = 50;

/** The process of this clone's relay, if it runs. Another process that got its id since doesn't count. */
export async function runningRelay({ relay }: Layout): Promise<Relay | undefined> {
	if (!existsSync(relay)) return undefined;
	const started = JSON.parse(await readFile(relay, 'utf8')) as Relay;
	return (await commandLine(started.pid)).includes(command.join(' ')) ? started : undefined;
}

/**
 * Starts `orders relay` as a process of its own, because MiniStack's Pipes don't reach Kinesis. A relay that runs with
 * other settings is replaced.
 */
export async function startRelay(layout: Layout, settings: Settings): Promise<void> {
	const before = await runningRelay(layout);
	if (before && JSON.stringify(before.settings) === JSON.stringify(settings)) return;
	if (before) await stopRelay(layout);
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
 * Stops the relay after it has relayed all changes so far: MiniStack loses a table's stream when it is stopped. Throws
 * TryAgainError if that fails.
 */
export async function relayRemaining(layout: Layout): Promise<void> {
	await stopRelay(layout);
	const settings = await readSettings(layout);
	if (!settings?.SHOPLAKE_ORDER_STREAM) return;
	const env = { ...withSettings(process.env, settings), SHOPLAKE_HOME: layout.home };
	const run = promisify(execFile);
	await run(process.execPath, [join(layout.program, 'dist', 'cli.js'), ...command, '--once'], { env }).catch(
		(error) => {
			throw new TryAgainError(
				`Changes of OrderTable that are not in the lake yet would be lost: they can't be relayed (${lastOutput(error)}). Run it again, or give them up with 'shoplake local reset'.`,
			);
		},
	);
}

/** Stops the relay, which saves its position, and waits until it has ended. */
export async function stopRelay(layout: Layout): Promise<void> {
	const running = await runningRelay(layout);
	if (running) {
		process.kill(running.pid, 'SIGTERM');
		for (const deadline = Date.now() + stopMs; await runningRelay(layout); await sleep(pollMs)) {
			// Changes relayed since the last saved position are relayed again, and count once.
			if (Date.now() > deadline) process.kill(running.pid, 'SIGKILL');
		}
	}
	await rm(layout.relay, { force: true });
}
