import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that a test has started. */
export interface Server {
	/** `http://127.0.0.1:<port>`. */
	readonly endpoint: string;
	stop(): Promise<void>;
}

const usualStartMs = 120_000;
/** MiniStack writes its state when it is stopped, and a large one takes a while. */
const stopMs = 120_000;

/** Starts a program and waits until it answers HTTP on its port, with whatever status. */
export async function startServer(options: {
	readonly program: string;
	readonly flags: readonly string[];
	readonly port: number;
	readonly env?: Readonly<Record<string, string>>;
	/** The path that is asked; `/` by default. */
	readonly health?: string;
	/** How long it may take, in ms; two minutes by default. */
	readonly startMs?: number;
	/** Where it runs; this process's folder by default. */
	readonly folder?: string;
}): Promise<Server> {
	const { program, flags, port, env, health = '/', startMs = usualStartMs, folder } = options;
	const server = spawn(program, flags, { stdio: 'ignore', env: { ...process.env, ...env }, cwd: folder });
	const endpoint = `http://127.0.0.1:${port}`;
	try {
		await answering(`${endpoint}${health}`, server, { program, startMs });
	} catch (error) {
		await end(server);
		throw error;
	}
	return { endpoint, stop: () => end(server) };
}

/**
 * A port that was free a moment ago. It is below those that Linux gives to connections: one of those, which tests make by
 * the thousand, could take it before the server of the test does, which takes seconds to start.
 */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = randomInt(10_000, 32_768);
		if (await canListen(port)) return port;
	}
}

function canListen(port: number): Promise<boolean> {
	const probe = createServer();
	return new Promise((resolve) => {
		probe.once('error', () => resolve(false));
		probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
	});
}

async function answering(
	url: string,
	server: ChildProcess,
	{ program, startMs }: { program: string; startMs: number },
): Promise<void> {
	let failure: Error | undefined;
	server.once('error', (error) => {
		failure = error;
	});
	for (const deadline = Date.now() + startMs; Date.now() < deadline; ) {
		if (failure) throw failure;
		if (server.exitCode !== null) throw new Error(`${program} ended with exit code ${server.exitCode}`);
		if (await fetch(url).catch(() => undefined)) return;
		await sleep(50);
	}
	throw new Error(`${program} does not answer at ${url}`);
}

async function end(server: ChildProcess): Promise<void> {
	if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return;
	const gone = new Promise((done) => server.once('exit', done));
	server.kill('SIGTERM');
	const force = setTimeout(() => server.kill('SIGKILL'), stopMs);
	await gone;
	clearTimeout(force);
}
