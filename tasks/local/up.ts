import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskContext } from '../context';
import { TryAgainError } from '../shared/errors';
import type { Outcome } from '../shared/result';
import { deploy, isDeployed, type StackState, stackAt, synthesise } from './deploy';
import { type Layout, layoutOf } from './layout';
import { alone } from './lock';
import { answers, endpointOf, lastStarted, running, type Started, savedItsState, start, stop } from './ministack';
import { pythonEnvironment } from './python-environment';
import { applySettings, readSettings, settingsOf, writeSettings } from './settings';

export const defaultPort = 4566;

/** What `up` found and did. */
export interface LocalAws {
	readonly endpoint: string;
	readonly pid: number;
	readonly bucket: string;
	readonly started: boolean;
	readonly deployed: boolean;
	/** MiniStack had been killed, and what it had in memory was lost. */
	readonly lostState: boolean;
}

/**
 * Makes the local AWS be up with the stack of `infra/` deployed, and this process work on it: its environment names the
 * local endpoint and lake afterwards, whatever it named before. What is there already is left as it is.
 * `port` is by default the one it had last, else 4566.
 * @throws ConfigurationError (no Python, port taken), TryAgainError (download), InternalError (MiniStack or CDK fail)
 */
export async function localUp(context: TaskContext, options: { readonly port?: number | undefined } = {}): Promise<LocalAws> {
	const layout = layoutOf();
	return alone(layout, async () => {
		const before = await lastStarted(layout);
		const port = options.port ?? before?.port ?? (await portInSettings(layout)) ?? defaultPort;
		const runsAlready = await running(layout);
		const lostState = before !== undefined && !runsAlready && !(await savedItsState(layout, before));
		if (lostState) {
			context.log.warn(
				'The local AWS was killed, and what it had in memory is lost: what DynamoDB and Glue took in since its start. The lake’s files are on disk.',
			);
		}
		const templateToBe = synthesise(layout);
		templateToBe.catch(() => undefined);
		const program = await ministackProgram(context, layout);
		const kept = runsAlready && runsAlready.port === port ? await requireAnswer(layout, runsAlready) : undefined;
		if (runsAlready && !kept) await stop(layout, runsAlready);
		if (!kept) context.log.info(`Starting the local AWS at ${endpointOf(port)} …`);
		let server = kept ?? (await start(layout, program, port));

		const endpoint = endpointOf(port);
		const template = await templateToBe;
		let stack = await stackAt(endpoint);
		const deployed = !(await isDeployed(layout, stack, template));
		const bucketBefore = (await readSettings(layout))?.SHOPLAKE_BUCKET;
		if (deployed) {
			context.log.info(`Deploying the stack of infra/ ${stack ? '(it has changed) ' : ''}…`);
			stack = await deploy(layout, endpoint, template);
			// MiniStack saves its state only when it is stopped: so the stack outlives a kill from now on.
			await stop(layout, server);
			await moveObjects(layout, bucketBefore, bucketOf(stack));
			server = await start(layout, program, port);
		}
		const settings = settingsOf(endpoint, (stack as StackState).outputs);
		await writeSettings(layout, settings);
		applySettings(settings);
		if (lostState || (deployed && bucketBefore !== undefined && bucketBefore !== settings.SHOPLAKE_BUCKET)) {
			const { restore } = await import('./restore');
			await restore(context);
		}
		return { endpoint, pid: server.pid, bucket: bucketOf(stack as StackState), started: !kept, deployed, lostState };
	});
}

/** What `up` would do. */
export async function planUp(): Promise<Outcome> {
	const layout = layoutOf();
	const installed = existsSync(join(layout.venv, 'installed.txt'));
	const server = await running(layout);
	const stack = server ? await stackAt(endpointOf(server.port)) : undefined;
	const current = server !== undefined && (await isDeployed(layout, stack, await synthesise(layout)));
	return { status: 'planned', install: !installed, start: !server, deploy: server ? !current : 'where the stack is not there' };
}

const bucketOf = ({ outputs }: StackState): string => outputs.ShoplakeBucket ?? '';

async function portInSettings(layout: Layout): Promise<number | undefined> {
	const endpoint = (await readSettings(layout))?.AWS_ENDPOINT_URL;
	return endpoint ? Number(new URL(endpoint).port) : undefined;
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

async function requireAnswer(layout: Layout, server: Started): Promise<Started> {
	if (await answers(server)) return server;
	throw new TryAgainError(
		`The local AWS runs (process ${server.pid}) but does not answer at ${endpointOf(server.port)}: see ${layout.log}, stop it by 'shoplake local down', then try again.`,
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
