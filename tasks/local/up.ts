import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskContext } from '../context';
import { TryAgainError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { type Address, formatEndpoint, loopback, requireLocal } from './address';
import { deploy, isDeployed, readStack, type StackState, synthesise } from './deploy';
import { type Layout, localLayout } from './layout';
import { withLock } from './lock';
import {
	findRunning,
	hasSavedState,
	isAnswering,
	lastStarted,
	type MinistackProcess,
	requireFree,
	startMinistack,
	stopMinistack,
} from './ministack';
import { pythonEnvironment } from './python-environment';
import { relayRemaining, startRelay } from './relay/relay-process';
import { applySettings, localSettings, readSettings, writeSettings } from './settings';

export const defaultPort = 4566;
const failedCreation = /^(ROLLBACK_|CREATE_FAILED|DELETE_)/;

/** The result of `up`. */
export interface LocalAws {
	readonly endpoint: string;
	readonly pid: number;
	readonly bucket: string;
	readonly started: boolean;
	readonly deployed: boolean;
	/** MiniStack's in-memory state was lost, and is restored from the lake. */
	readonly lostState: boolean;
}

/**
 * Starts the local AWS, deploys the stack of `infra/` and points the environment of this process to it. Whatever is up
 * already stays as it is. `port` and `host` are by default the last ones used, else 4566 on the loopback.
 * @throws UsageError (a host that other machines reach), ConfigurationError (no Python, port taken), TryAgainError (download), InternalError (MiniStack or the CDK fails)
 */
export async function localUp(
	context: TaskContext,
	options: { readonly port?: number | undefined; readonly host?: string | undefined } = {},
): Promise<LocalAws> {
	const layout = localLayout();
	return withLock(layout, async () => {
		const [server, template] = await awaitBoth(startServer(context, layout, options), synthesise(layout));
		const stack = await deployStack(context, layout, server, template);
		const endpoint = formatEndpoint(server);
		const settings = localSettings(endpoint, stack.outputs);
		await writeSettings(layout, settings);
		applySettings(settings);
		const lostState = existsSync(layout.lost);
		if (lostState) {
			await (await import('./restore')).restoreTables(context);
			await rm(layout.lost);
		}
		await startRelay(layout, settings);
		const { pid } = (await findRunning(layout)) ?? server;
		return { endpoint, pid, bucket: lakeBucket(stack), started: server.started, deployed: stack.deployed, lostState };
	});
}

/** Both results, or the first error; in either case only once both have ended, so that nothing runs on after a failure. */
async function awaitBoth<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
	await Promise.allSettled([one, other]);
	return Promise.all([one, other]);
}

/** A MiniStack that answers at the address wanted: the running one if it does, else a new one. */
async function startServer(
	context: TaskContext,
	layout: Layout,
	wanted: { readonly port?: number | undefined; readonly host?: string | undefined },
): Promise<MinistackProcess & { program: string; started: boolean }> {
	const [before, runsAlready, settings] = await Promise.all([
		lastStarted(layout),
		findRunning(layout),
		readSettings(layout),
	]);
	if (before !== undefined && !runsAlready && !(await hasSavedState(layout, before))) {
		await writeFile(layout.lost, '');
		context.log.warn(
			'The local AWS was killed and has lost its in-memory state: everything that DynamoDB and Glue stored since its start. The lake’s files are on disk.',
		);
	}
	const last = before ?? parseEndpoint(settings?.AWS_ENDPOINT_URL);
	const address = { host: wanted.host ?? last?.host ?? loopback, port: wanted.port ?? last?.port ?? defaultPort };
	const asWanted = runsAlready?.host === address.host && runsAlready.port === address.port;
	requireLocal(address.host);
	if (!asWanted) await requireFree(address, layout);
	const program = await ministackProgram(context, layout);
	if (runsAlready && asWanted) {
		await requireAnswer(layout, runsAlready);
		return { ...runsAlready, program, started: false };
	}
	if (runsAlready) {
		await relayRemaining(layout);
		await stopMinistack(layout, runsAlready);
	}
	context.log.info(`Starting the local AWS at ${formatEndpoint(address)} …`);
	return { ...(await startMinistack(layout, program, address)), program, started: true };
}

/** Deploys the stack from this template unless it is deployed; also if MiniStack has lost it. */
async function deployStack(
	{ log }: TaskContext,
	layout: Layout,
	server: MinistackProcess & { program: string },
	template: string,
): Promise<StackState & { deployed: boolean }> {
	const endpoint = formatEndpoint(server);
	const standing = await readStack(endpoint);
	if (standing && (await isDeployed(layout, standing, template))) {
		return { ...standing, deployed: false };
	}
	const restart = async (between: () => Promise<unknown>) => {
		const current = await findRunning(layout);
		if (current) {
			if (standing && !failedCreation.test(standing.status)) await relayRemaining(layout);
			await stopMinistack(layout, current);
		}
		await between();
		await startMinistack(layout, server.program, server);
	};
	// What a failed creation leaves behind blocks the next deployment.
	if (standing ? failedCreation.test(standing.status) : existsSync(layout.deployed)) {
		await writeFile(layout.lost, '');
		log.warn('The local AWS has lost its stack; it is deployed again and takes over the files of the lake.');
		await restart(() => rm(layout.state, { recursive: true, force: true }));
	}
	log.info('Deploying the stack of infra/ …');
	const stack = await deploy(layout, endpoint, template);
	const bucketBefore = (await readSettings(layout))?.SHOPLAKE_BUCKET;
	// MiniStack saves its state only when it is stopped: from now on the stack survives a kill.
	await restart(() => moveObjects(layout, bucketBefore, lakeBucket(stack)));
	return { ...stack, deployed: true };
}

/** What `up` would do. */
export async function planUp(): Promise<Outcome> {
	const layout = localLayout();
	const installed = existsSync(join(layout.venv, 'installed.txt'));
	const server = await findRunning(layout);
	const stack = server ? await readStack(formatEndpoint(server)) : undefined;
	const current = server !== undefined && (await isDeployed(layout, stack, await synthesise(layout)));
	return {
		status: 'planned',
		install: !installed,
		start: !server,
		deploy: server ? !current : 'if the stack is missing',
	};
}

const lakeBucket = ({ outputs }: StackState): string => outputs.ShoplakeBucket ?? '';

function parseEndpoint(endpoint: string | undefined): Address | undefined {
	if (!endpoint) return undefined;
	const { hostname, port } = new URL(endpoint);
	return { host: hostname, port: Number(port) };
}

async function ministackProgram({ log, signal }: TaskContext, { venv, program }: Layout): Promise<string> {
	const bin = await pythonEnvironment({
		folder: venv,
		requirements: join(program, 'docker', 'ministack-requirements.txt'),
		purpose: 'The local AWS',
		onInstall: () => log.info('Installing MiniStack, the local AWS (once, about 215 MB on disk) …'),
		signal,
	});
	return join(bin, 'ministack');
}

async function requireAnswer(layout: Layout, server: MinistackProcess): Promise<void> {
	if (await isAnswering(server)) return;
	throw new TryAgainError(
		`The local AWS runs (process ${server.pid}) but does not answer at ${formatEndpoint(server)}: see ${layout.log}, stop it with 'shoplake local down', then retry.`,
	);
}

/** If the state was lost but not the objects, moves the objects of the old stack's bucket to the new one. */
async function moveObjects({ objects }: Layout, from: string | undefined, to: string): Promise<void> {
	if (from === undefined || from === to) return;
	const account = '000000000000';
	for (const folder of [join(objects, account), join(objects, '.versions', account)]) {
		if (!existsSync(join(folder, from))) continue;
		await mkdir(folder, { recursive: true });
		if (existsSync(join(folder, to))) await rename(join(folder, to), join(folder, `${to}.unused`));
		await rename(join(folder, from), join(folder, to));
	}
}
