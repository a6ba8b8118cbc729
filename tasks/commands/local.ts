import type { CommandModule } from 'yargs';
import type { Outcome } from '../platform/result';
import { defineTask } from './define-task';
import { addressOptions } from './local-address';
import { demo } from './local-demo';

const up = defineTask({
	command: 'local up',
	describe: 'Start the AWS of this laptop and deploy the stack to it',
	about: `Installs MiniStack under .shoplake where it is missing, starts it on the loopback (or where --host says, for containers), and deploys the CDK app of infra/
where the stack is missing or has changed. What is up already stays as it is. Afterwards every task in this clone works on it.
\`orders relay\` runs beside it.

Writes: .shoplake only. Returns: endpoint, pid, bucket, started, deployed, lostState.`,
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
	about: 'Asks MiniStack to end, which saves its state, and waits until it has. Returns: pid.',
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
	describe: 'Whether the local AWS is up, and where its data are',
	about: 'Changes nothing. Returns: endpoint, pid, relay_pid, stack, bucket, data, disk_bytes.',
	options: {},
	run: async () => (await import('../local')).localStatus(),
	show: statusText,
});

const reset = defineTask({
	command: 'local reset',
	describe: 'Delete all data of the local AWS',
	about: 'Stops the local AWS and deletes its data under .shoplake; what was installed stays. Asks first.',
	options: { yes: { type: 'boolean', default: false, describe: 'Do not ask' } },
	run: async (context, { yes, dryRun }) => (await import('../local')).localReset(context, { yes, dryRun }),
});

const env = defineTask({
	command: 'local env',
	describe: 'Print the settings of the local AWS for a shell',
	about:
		'Prints lines `export NAME=\'value\'` and nothing else, for `eval "$(shoplake local env)"` and other programs.',
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
	describe: 'The AWS of a laptop: up, down, status, reset, env, demo',
	builder: (yargs) =>
		yargs
			.command([up, down, status, reset, env, demo])
			.demandCommand(1, "Say what to do with the local AWS; 'shoplake local --help' lists it."),
	handler: () => undefined,
};

function statusText({ status, endpoint, pid, relay_pid, stack, bucket, data, disk_bytes }: Outcome): string {
	const { objects, state, installed } = disk_bytes as Record<'objects' | 'state' | 'installed', number>;
	const mib = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
	const advice: Record<string, string> = {
		down: " ('shoplake local up' starts it)",
		killed: " ('shoplake local up' starts it and restores what was lost)",
		'not answering': " (stop it by 'shoplake local down')",
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
