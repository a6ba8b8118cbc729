import type { CommandModule } from 'yargs';
import { parseDuration } from '../platform/duration';
import { exitCodes } from '../platform/errors';
import { relayPositionPath } from '../platform/local-settings';
import { defineTask } from './define-task';

const produce = defineTask({
	command: 'orders produce',
	describe: 'Put random orders into a DynamoDB table, until stopped',
	about: [
		'Puts one order every --interval: orderid (4 digits), product_name (Laptop, Phone, Tablet, Headphones, Charger or Smartwatch), quantity (1 to 10), price (10.99 to 999.99). A repeated orderid replaces the older order; the stream of the table carries both changes. Each order is logged.',
		'A throttled put is retried with exponential back-off and jitter. It stops on SIGTERM or Ctrl-C (exit code 143), or after --count orders.',
		'  shoplake orders produce --region eu-west-1\n  shoplake orders produce --interval 100ms --count 600',
		'Reads: nothing. Writes: the DynamoDB table. Returns: status (produced or terminated), table, orders, throttled (rejected tries). Exit code 75 if the table accepts no order for about two minutes, 78 if there is no such table.',
	].join('\n\n'),
	options: {
		interval: { type: 'string', default: '3s', describe: 'Time between orders, such as 500ms, 3s or 1m' },
		table: { type: 'string', default: 'OrderTable', describe: 'The DynamoDB table' },
		region: { type: 'string', describe: 'The AWS region of the table; by default AWS_REGION' },
		count: { type: 'number', integer: [1, 1_000_000_000], describe: 'Stop after this many orders' },
	},
	run: async (context, { interval, table, region, count, dryRun }) => {
		// The SDK's clients read it when they are first used.
		if (region !== undefined) process.env.AWS_REGION = region;
		const intervalMs = parseDuration('--interval', interval);
		const { produceOrders } = await import('../streams/live-orders');
		const outcome = await context.hold(produceOrders(context, { table, intervalMs, count, dryRun }));
		if (outcome.status === 'terminated') process.exitCode = exitCodes.terminated;
		return outcome;
	},
	show: ({ status, orders, table }) =>
		status === 'planned' ? `Would put orders into ${table}` : `${orders} orders put into ${table}`,
});

const relay = defineTask({
	command: 'orders relay',
	describe: 'Local AWS only: relay changes of the order table to Kinesis, as the Pipe does on AWS',
	about: [
		'Reads the stream of the table and puts each change into the Kinesis stream, as an EventBridge Pipe does: at least once, and in order for each order. It resumes where it stopped, waits while the local AWS is down, and stops on SIGTERM or Ctrl-C (exit code 143). `shoplake local up` starts it, `shoplake local down` stops it.',
		'Reads: the stream of the table. Writes: the Kinesis stream, the file --position. Returns: status (terminated, or relayed with --once), table, stream, relayed. Exit code 64 unless the endpoint is local (on AWS the Pipe of the stack does this), 78 if there is no such table or it has no stream.',
	].join('\n\n'),
	options: {
		table: { type: 'string', default: 'OrderTable', describe: 'The DynamoDB table' },
		'order-stream': { type: 'string', describe: 'The Kinesis stream; by default the deployed one' },
		position: {
			type: 'string',
			describe:
				'The file that stores the position in the stream; by default .shoplake/relay-position.json in the clone',
		},
		once: { type: 'boolean', default: false, describe: 'Stop when all changes so far are relayed' },
	},
	run: async (context, { table, 'order-stream': stream, position, once, dryRun }) => {
		const { relayOrders } = await import('../local/relay');
		const relaying = relayOrders(context, {
			table,
			stream,
			position: position ?? relayPositionPath(),
			once,
			dryRun,
			endpoint: process.env.AWS_ENDPOINT_URL,
		});
		const outcome = await context.hold(relaying);
		if (outcome.status === 'terminated') process.exitCode = exitCodes.terminated;
		return outcome;
	},
	show: ({ status, table, stream, relayed }) =>
		status === 'planned'
			? `Would relay changes of ${table} to ${stream}`
			: `${relayed} changes of ${table} relayed to ${stream}`,
});

export const orders: CommandModule = {
	command: 'orders',
	describe: 'Live orders: produce, relay',
	builder: (yargs) =>
		yargs.command([produce, relay]).demandCommand(1, "Choose a command; 'shoplake orders --help' lists them."),
	handler: () => undefined,
};
