import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError, InternalError } from '../../platform/errors';
import { lastLines } from '../last-lines';
import type { AirflowPlace } from './environment';

/** The components of Airflow. The log servers are left out: they listen on all addresses, and one machine needs none. */
const components = {
	'api-server': ['api-server'],
	scheduler: ['scheduler', '--skip-serve-logs'],
	'dag-processor': ['dag-processor'],
	triggerer: ['triggerer', '--skip-serve-logs'],
} as const;
type Component = keyof typeof components;

const startMs = 120_000;
const stopMs = 20_000;
const pollMs = 200;

/** A running Airflow. */
export interface Airflow {
	readonly address: string;
	/** Rejects when one of its processes ends by itself. */
	readonly broken: Promise<never>;
	/** Stops all processes, including running tasks; these are retried at the next start. */
	stop(): Promise<void>;
}

/**
 * Starts all of Airflow's processes and waits until each is healthy. Their logs are in `<home>/<name>.log`.
 * @throws ConfigurationError if the port is taken, InternalError if a process ends or is not healthy in time
 */
export async function startAirflow({ home, port }: AirflowPlace, env: NodeJS.ProcessEnv): Promise<Airflow> {
	await requireFree(port);
	await mkdir(home, { recursive: true });
	const children = (Object.keys(components) as Component[]).map((name) => startComponent(name, home, env));
	const stop = async () => {
		await Promise.all(children.map(({ child }) => end(child)));
	};
	const broken = Promise.race(children.map(({ ended }) => ended));
	broken.catch(() => undefined);
	const address = `http://127.0.0.1:${port}`;
	try {
		await Promise.race([waitUntilHealthy(address, home), broken]);
	} catch (error) {
		await stop();
		throw error;
	}
	return { address, broken, stop };
}

function startComponent(name: Component, home: string, env: NodeJS.ProcessEnv) {
	const log = join(home, `${name}.log`);
	const output = openSync(log, 'a');
	// Its own process group, so that a Ctrl-C at the terminal does not reach it before `stop` does.
	const child = spawn('airflow', components[name], { env, detached: true, stdio: ['ignore', output, output] });
	closeSync(output);
	const ended = new Promise<never>((_, reject) => {
		child.once('error', reject);
		child.once('exit', async () => {
			const said = lastLines(await readFile(log, 'utf8').catch(() => ''), 3);
			reject(new InternalError(`Airflow's ${name} has ended; see ${log}. It said: ${said}`));
		});
	});
	ended.catch(() => undefined);
	return { child, ended };
}

/** Asks a process and its tasks to end; after `stopMs` it kills the rest of the group. */
async function end(child: ChildProcess): Promise<void> {
	if (child.pid === undefined) return;
	const gone = child.exitCode !== null || child.signalCode !== null || new Promise((done) => child.once('exit', done));
	signal(child.pid, 'SIGTERM');
	await Promise.race([gone, sleep(stopMs, undefined, { ref: false })]);
	signal(child.pid, 'SIGKILL');
	await gone;
}

/** Sends a signal to the whole process group. */
function signal(group: number, name: 'SIGTERM' | 'SIGKILL'): void {
	try {
		process.kill(-group, name);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

async function waitUntilHealthy(address: string, home: string): Promise<void> {
	const parts = ['metadatabase', 'scheduler', 'triggerer', 'dag_processor'];
	let last = 'no answer';
	for (const deadline = Date.now() + startMs; Date.now() < deadline; await sleep(pollMs)) {
		const response = await fetch(`${address}/api/v2/monitor/health`).catch(() => undefined);
		if (!response?.ok) continue;
		const health = (await response.json()) as Record<string, { status: string | null }>;
		const unhealthy = parts.filter((part) => health[part]?.status !== 'healthy');
		if (unhealthy.length === 0) return;
		last = `${unhealthy.join(', ')} not healthy`;
	}
	throw new InternalError(`Airflow is not up after ${startMs / 1000} s (${last}); see its logs in ${home}.`);
}

async function requireFree(port: number): Promise<void> {
	const free = await new Promise((resolve) => {
		const probe = createServer();
		probe.once('error', () => resolve(false));
		probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
	});
	if (free) return;
	throw new ConfigurationError(
		`Port ${port} is taken by another program, perhaps another Airflow. Choose another port ('npm run airflow -- --port ${port + 1}', or SHOPLAKE_AIRFLOW_PORT=${port + 1}), or stop that program.`,
	);
}
