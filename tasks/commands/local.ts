import type { CommandModule } from 'yargs';
import type { Outcome } from '../platform/result';
import { defineTask } from './define-task';
import { addressOptions } from './local-address';
import { demo } from './local-demo';

const up = defineTask({
	command: 'local up',
	describe: 'Start the local AWS and deploy the stack to it',
	about: [
		'Installs MiniStack, an AWS emulator, under .shoplake if it is missing, starts it on the loopback address (or on --host, for containers), and deploys the CDK app of infra/ if the stack is missing or has changed. What is up already stays as it is. `orders relay` runs beside it. From then on every task in this clone works on the local AWS.',
		'Reads: infra/, tasks/. Writes: .shoplake only. Returns: endpoint, pid, bucket, started, deployed, lostState (the emulator was killed, and its tables were restored from the lake).',
	].join('\n\n'),
	options: { ...addressOptions },
	run: async (context, { port, host, dryRun }) => {
		const { localUp, planUp } = await import('../local');
		return dryRun ? planUp() : { status: 'up', ...(await localUp(context, { port, host })) };
	},
	show: ({ endpoint, bucket, pid, status }) =>
		status === 'up' ? `The local AWS is up: ${endpoint} (process ${pid}), lake s3://${bucket}` : undefined,
});

const down = defineTask({
	command: 'local down',
	describe: 'Stop the local AWS; its data stay on disk',
	about: 'Stops MiniStack, which saves its state to disk, and waits until it has ended. Returns: pid.',
	options: {},
	run: async (context, { dryRun }) => (await import('../local')).localDown(context, { dryRun }),
	show: ({ status, stop }) =>
		status === 'planned'
			? `Would stop the local AWS (process ${stop}).`
			: status === 'unchanged'
				? 'The local AWS is not running.'
				: 'The local AWS is stopped.',
});

const status = defineTask({
	command: 'local status',
	describe: 'Show whether the local AWS is up, and where its data are',
	about:
		'Shows the state of the emulator, the relay and the stack, and the size of the data on disk. Writes: nothing. Returns: endpoint, pid, relay_pid, stack, bucket, data, disk_bytes.',
	options: {},
	run: async () => (await import('../local')).localStatus(),
	show: statusText,
});

const reset = defineTask({
	command: 'local reset',
	describe: 'Delete all data of the local AWS',
	about:
		'Stops the local AWS and deletes its data under .shoplake; installed programs stay. Asks for confirmation first. Returns: deleted (paths).',
	options: { yes: { type: 'boolean', default: false, describe: 'Skip the confirmation' } },
	run: async (context, { yes, dryRun }) => (await import('../local')).localReset(context, { yes, dryRun }),
});

const env = defineTask({
	command: 'local env',
	describe: 'Print the environment variables of the local AWS, for a shell',
	about:
		'Prints `export NAME=\'value\'` lines and nothing else. Use it as `eval "$(shoplake local env)"`, or to give other programs access to the local AWS.',
	options: {},
	payloadOnly: true,
	run: async () => {
		const { exportLines, localLayout } = await import('../local');
		process.stdout.write(await exportLines(localLayout()));
		return { status: 'done' };
	},
});

export const local: CommandModule = {
	command: 'local',
	describe: 'Local AWS: up, down, status, reset, env, demo',
	builder: (yargs) =>
		yargs
			.command([up, down, status, reset, env, demo])
			.demandCommand(1, "Choose a command; 'shoplake local --help' lists them."),
	handler: () => undefined,
};

function statusText({ status, endpoint, pid, relay_pid, stack, bucket, data, disk_bytes }: Outcome): string {
	const { objects, state, installed } = disk_bytes as Record<'objects' | 'state' | 'installed', number>;
	const mib = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
	const advice: Record<string, string> = {
		down: " ('shoplake local up' starts it)",
		killed: " ('shoplake local up' starts it and restores what was lost)",
		'not answering': " ('shoplake local down' stops it)",
	};
	return [
		`local AWS  ${status}${advice[status] ?? ''}`,
		`endpoint   ${endpoint ?? ''}${pid ? `, process ${pid}` : ''}`,
		`relay      ${relay_pid ? `of live orders, process ${relay_pid}` : ''}`,
		`stack      ${stack ?? ''}`,
		`lake       ${bucket ? `s3://${bucket}` : ''}`,
		`data       ${data}: objects ${mib(objects)}, state ${mib(state)}; installed programs ${mib(installed)}`,
	].join('\n');
}
