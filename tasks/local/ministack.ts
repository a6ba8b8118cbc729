import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError, InternalError, TryAgainError } from '../platform/errors';
import { type Address, formatEndpoint, loopback } from './address';
import { commandLine } from './command-line';
import { lastLines } from './last-lines';
import type { Layout } from './layout';
import { region } from './settings';

/** The MiniStack that was started last. */
export interface MinistackProcess extends Address {
	readonly pid: number;
	/** Its answer to a health check, which tells it apart from any other MiniStack. */
	readonly token: string;
	readonly startedAt: string;
}

const startMs = 60_000;
const stopMs = 120_000;
const pollMs = 50;
const healthMs = 5_000;
const releaseMs = 2_000;
/** The start of the token of every MiniStack that shoplake starts; the folder of its clone follows. */
const tokenPrefix = 'shoplake of ';

/** The MiniStack that was started last, whether or not it still runs. */
export async function lastStarted({ record }: Layout): Promise<MinistackProcess | undefined> {
	if (!existsSync(record)) return undefined;
	return { host: loopback, ...(JSON.parse(await readFile(record, 'utf8')) as Omit<MinistackProcess, 'host'>) };
}

/** The running MiniStack of this clone. Another process that has reused its id does not count. */
export async function findRunning(layout: Layout): Promise<MinistackProcess | undefined> {
	const started = await lastStarted(layout);
	return started && (await commandLine(started.pid)).includes(layout.venv) ? started : undefined;
}

/** Whether it answers with its own token. */
export async function isAnswering(server: MinistackProcess): Promise<boolean> {
	return (await tokenAt(server)) === server.token;
}

/**
 * Whether a MiniStack that no longer runs has saved its state: it does so when it is stopped, and not when it is
 * killed.
 */
export async function hasSavedState(layout: Layout, { startedAt }: MinistackProcess): Promise<boolean> {
	const saved = await Promise.all(
		['s3', 'dynamodb', 'glue', 'cloudformation'].map((service) =>
			stat(join(layout.state, `${service}.json`)).catch(() => undefined),
		),
	);
	return saved.every((file) => file !== undefined && file.mtimeMs > Date.parse(startedAt));
}

/** Starts MiniStack as a process of its own and waits until it answers. Throws InternalError if it does not. */
export async function startMinistack(
	layout: Layout,
	program: string,
	{ host, port }: Address,
): Promise<MinistackProcess> {
	await mkdir(layout.folder, { recursive: true });
	const token = `${tokenPrefix}${layout.home} ${randomUUID()}`;
	const startedAt = new Date().toISOString();
	const log = openSync(layout.log, 'w');
	const child = spawn(program, [], {
		cwd: layout.folder,
		env: ministackEnvironment(layout, { host, port }, token),
		detached: true,
		stdio: ['ignore', log, log],
	});
	let ended = false;
	child.once('error', () => (ended = true)).once('exit', () => (ended = true));
	if (child.pid !== undefined) {
		await writeFile(layout.record, `${JSON.stringify({ pid: child.pid, host, port, token, startedAt })}\n`);
	}
	for (const deadline = Date.now() + startMs; Date.now() < deadline && !ended; await sleep(pollMs)) {
		if ((await tokenAt({ host, port })) !== token) continue;
		child.unref();
		return { pid: child.pid as number, host, port, token, startedAt };
	}
	child.unref();
	const said = lastLines(await readFile(layout.log, 'utf8').catch(() => ''), 3);
	throw new InternalError(
		`MiniStack ${ended ? 'ended at once' : `does not answer at ${formatEndpoint({ host, port })} after ${startMs / 1000} s`}: see ${layout.log}; 'shoplake local reset' starts over. It said: ${said}`,
	);
}

/** Stops a MiniStack, which saves its state, and waits until it has ended. */
export async function stopMinistack(layout: Layout, { pid }: MinistackProcess): Promise<void> {
	process.kill(pid, 'SIGTERM');
	for (const deadline = Date.now() + stopMs; (await commandLine(pid)).includes(layout.venv); await sleep(pollMs)) {
		if (Date.now() < deadline) continue;
		throw new TryAgainError(
			`MiniStack (process ${pid}) has not ended within ${stopMs / 1000} s: wait for it, or kill it with 'kill -9 ${pid}', which loses unsaved state.`,
		);
	}
	await rm(layout.record, { force: true });
}

/** Throws ConfigurationError if something listens on the port; the message says what it is and how to fix it. */
export async function requireFree({ host, port }: Address, { home }: Layout): Promise<void> {
	const hint = `Choose another port ('shoplake local up --port ${port + 1}', or SHOPLAKE_PORT=${port + 1})`;
	const token = await tokenAt({ host, port });
	if (token?.startsWith(tokenPrefix)) {
		const owner = token.slice(tokenPrefix.length).replace(/ \S+$/, '');
		// MiniStack writes its process id there.
		const pid = await readFile(join(tmpdir(), `ministack-${port}.pid`), 'utf8').catch(() => 'its process');
		throw new ConfigurationError(
			owner === home
				? `Port ${port} is taken by a local AWS of this clone whose files in .shoplake are gone: kill it with 'kill -9 ${pid}', then retry.`
				: `Port ${port} is taken by the local AWS of another clone, ${owner}. ${hint}, or stop it with 'shoplake local down' there.`,
		);
	}
	// A process that was just killed still holds its port for a moment.
	for (const deadline = Date.now() + releaseMs; Date.now() < deadline; await sleep(pollMs)) {
		const refusal = await refusalToListen({ host, port });
		if (refusal === undefined) return;
		if (refusal === 'EADDRNOTAVAIL') throw new ConfigurationError(`${host} is not an address of this machine.`);
	}
	const who = token === undefined ? 'another program' : 'an AWS emulator that does not belong to this clone';
	throw new ConfigurationError(`Port ${port} is taken by ${who}. ${hint}, or stop that program.`);
}

/** The operating system's error code if nothing can listen there; undefined if the address is free. */
function refusalToListen({ host, port }: Address): Promise<string | undefined> {
	return new Promise((resolve) => {
		const probe = createServer();
		probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'));
		probe.listen(port, host, () => probe.close(() => resolve(undefined)));
	});
}

/** The token of the MiniStack on the port; undefined if nothing there answers as a MiniStack. */
async function tokenAt(address: Address): Promise<string | undefined> {
	try {
		const response = await fetch(`${formatEndpoint(address)}/_ministack/health`, {
			signal: AbortSignal.timeout(healthMs),
		});
		const { edition } = (await response.json()) as { edition?: unknown };
		return typeof edition === 'string' ? edition : undefined;
	} catch {
		return undefined;
	}
}

/** MiniStack's environment, without any variable of the caller that would change its behaviour. */
function ministackEnvironment(layout: Layout, { host, port }: Address, token: string): NodeJS.ProcessEnv {
	const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'DOCKER_HOST'];
	return {
		...Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
		GATEWAY_PORT: String(port),
		BIND_HOST: host,
		// The host in the URLs that it returns, such as those of queues.
		MINISTACK_HOST: host,
		MINISTACK_REGION: region,
		MINISTACK_EDITION: token,
		PERSIST_STATE: '1',
		STATE_DIR: layout.state,
		S3_PERSIST: '1',
		S3_DATA_DIR: layout.objects,
		// These two would listen on all addresses.
		IOT_MTLS_ENABLED: '0',
		SFTP_ENABLED: '0',
		LOG_LEVEL: 'WARNING',
	};
}
