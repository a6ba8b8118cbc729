import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskContext } from '../context';
import { TryAgainError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { type Address, formatEndpoint, loopback, requireLocal } from './address';
import { deploy, isDeployed, type StackState, stackAt, synthesise } from './deploy';
import { type Layout, localLayout } from './layout';
import { alone } from './lock';
import { answers, lastStarted, requireFree, running, type Started, savedItsState, start, stop } from './ministack';
import { pythonEnvironment } from './python-environment';
import { relayTheRest, relayUp } from './relay/relay-process';
import { applySettings, localSettings, readSettings, writeSettings } from './settings';

export const defaultPort = 4566;
const neverWhole = /^(ROLLBACK_|CREATE_FAILED|DELETE_)/;

/** What `up` found and did. */
export interface LocalAws {
	readonly endpoint: string;
	readonly pid: number;
	readonly bucket: string;
	readonly started: boolean;
	readonly deployed: boolean;
	/** What MiniStack had in memory was lost, and is restored from the lake. */
	readonly lostState: boolean;
}

/**
 * Makes the local AWS be up with the stack of `infra/` deployed, and this process work on it: its environment names the
 * local endpoint and lake afterwards, whatever it named before. What is there already is left as it is.
 * `port` and `host` are by default those it had last, else 4566 on the loopback.
 * @throws UsageError (a host that others reach), ConfigurationError (no Python, port taken), TryAgainError (download), InternalError (MiniStack or CDK fail)
 */
export async function localUp(
	context: TaskContext,
	options: { readonly port?: number | undefined; readonly host?: string | undefined } = {},
): Promise<LocalAws> {
	const layout = localLayout();
	return alone(layout, async () => {
		const [server, template] = await both(serverUp(context, layout, options), synthesise(layout));
		const stack = await stackUp(context, layout, server, template);
		const endpoint = formatEndpoint(server);
		const settings = localSettings(endpoint, stack.outputs);
		await writeSettings(layout, settings);
		applySettings(settings);
		const lostState = existsSync(layout.lost);
		if (lostState) {
			await (await import('./restore')).restore(context);
			await rm(layout.lost);
		}
		await relayUp(layout, settings);
		const { pid } = (await running(layout)) ?? server;
		return { endpoint, pid, bucket: lakeBucket(stack), started: server.started, deployed: stack.deployed, lostState };
	});
}

/** Both results; where one fails its error, once the other has ended too, so that nothing goes on behind it. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
	await Promise.allSettled([one, other]);
	return Promise.all([one, other]);
}

/** A MiniStack that answers; the one that runs already where it listens as wanted. */
async function serverUp(
	context: TaskContext,
	layout: Layout,
	wanted: { readonly port?: number | undefined; readonly host?: string | undefined },
): Promise<Started & { program: string; started: boolean }> {
	const [before, runsAlready, settings] = await Promise.all([
		lastStarted(layout),
		running(layout),
		readSettings(layout),
	]);
	if (before !== undefined && !runsAlready && !(await savedItsState(layout, before))) {
		await writeFile(layout.lost, '');
		context.log.warn(
			'The local AWS was killed, and what it had in memory is lost: what DynamoDB and Glue took in since its start. The lake’s files are on disk.',
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
		await relayTheRest(layout);
		await stop(layout, runsAlready);
	}
	context.log.info(`Starting the local AWS at ${formatEndpoint(address)} …`);
	return { ...(await start(layout, program, address)), program, started: true };
}

/** The stack, made from this template; deployed anew, too, where MiniStack knows no more of one that was there. */
async function stackUp(
	{ log }: TaskContext,
	layout: Layout,
	server: Started & { program: string },
	template: string,
): Promise<StackState & { deployed: boolean }> {
	const endpoint = formatEndpoint(server);
	const standing = await stackAt(endpoint);
	if (standing && (await isDeployed(layout, standing, template))) {
		return { ...standing, deployed: false };
	}
	const restart = async (between: () => Promise<unknown>) => {
		const current = await running(layout);
		if (current) {
			if (standing && !neverWhole.test(standing.status)) await relayTheRest(layout);
			await stop(layout, current);
		}
		await between();
		await start(layout, server.program, server);
	};
	// A stack whose creation failed stands in the way of the next one with what it left behind.
	if (standing ? neverWhole.test(standing.status) : existsSync(layout.deployed)) {
		await writeFile(layout.lost, '');
		log.warn('The local AWS has lost its stack; it is deployed anew, and takes over the files of the lake.');
		await restart(() => rm(layout.state, { recursive: true, force: true }));
	}
	log.info('Deploying the stack of infra/ …');
	const stack = await deploy(layout, endpoint, template);
	const bucketBefore = (await readSettings(layout))?.SHOPLAKE_BUCKET;
	// MiniStack saves its state only when it is stopped: so the stack outlives a kill from now on.
	await restart(() => moveObjects(layout, bucketBefore, lakeBucket(stack)));
	return { ...stack, deployed: true };
}

/** What `up` would do. */
export async function planUp(): Promise<Outcome> {
	const layout = localLayout();
	const installed = existsSync(join(layout.venv, 'installed.txt'));
	const server = await running(layout);
	const stack = server ? await stackAt(formatEndpoint(server)) : undefined;
	const current = server !== undefined && (await isDeployed(layout, stack, await synthesise(layout)));
	return {
		status: 'planned',
		install: !installed,
		start: !server,
		deploy: server ? !current : 'where the stack is not there',
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
		onInstall: () => log.info('Installing MiniStack, the AWS of a laptop (once, about 215 MB on disk) …'),
		signal,
	});
	return join(bin, 'ministack');
}

async function requireAnswer(layout: Layout, server: Started): Promise<void> {
	if (await answers(server)) return;
	throw new TryAgainError(
		`The local AWS runs (process ${server.pid}) but does not answer at ${formatEndpoint(server)}: see ${layout.log}, stop it by 'shoplake local down', then try again.`,
	);
}

/** Where the state was lost but not the objects, the new stack's bucket takes those of the old one over. */
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
