import type { CommandModule } from 'yargs';
import { parseDuration } from '../platform/duration';
import { exitCodes } from '../platform/errors';
import { relayPositionPath } from '../platform/local-settings';
import { defineTask } from './define-task';

const produce = defineTask({
	command: 'orders produce',
	describe: 'Put one random order after another into a DynamoDB table, until stopped',
	about: [
		'Puts an order every --interval: orderid (4 digits), product_name (Laptop, Phone, Tablet, Headphones, Charger or Smartwatch), quantity (1 to 10), price (10.99 to 999.99). An id that comes up again replaces its order; the stream of the table tells both. Each order is logged.',
		'What the table has no room for is put after random waits that double; it then goes on at the interval. Ends by SIGTERM or Ctrl-C (exit code 143), or after --count orders.',
		'  shoplake orders produce --region eu-west-1\n  shoplake orders produce --interval 100ms --count 600',
		'Returns: status (produced or terminated), table, orders, throttled (tries that were not taken). Exit code 75 where the table takes none for about two minutes, 78 where there is no such table.',
	].join('\n\n'),
	options: {
		interval: { type: 'string', default: '3s', describe: 'From one order to the next, such as 500ms, 3s or 1m' },
		table: { type: 'string', default: 'OrderTable', describe: 'The DynamoDB table' },
		region: { type: 'string', describe: 'The AWS region of the table; by default AWS_REGION' },
		count: { type: 'number', whole: [1, 1_000_000_000], describe: 'End after so many orders' },
	},
	run: async (context, { interval, table, region, count, dryRun }) => {
		// The SDK's clients are made when they are first asked for, and read it then.
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
	describe: 'On the AWS of a laptop: take changes of the table to Kinesis, as the Pipe does on AWS',
	about: [
		"Reads the table's stream and puts each change into the Kinesis stream, as an EventBridge Pipe puts it: at least once, those of one order in their order. It goes on where it stopped, waits while the local AWS is down, and ends by SIGTERM or Ctrl-C (exit code 143). `shoplake local up` starts it, `local down` stops it.",
		'Reads: the stream of the table. Writes: the Kinesis stream, the file --position. Returns: status (terminated; relayed with --once), table, stream, relayed. Exit code 64 anywhere but on a local endpoint: on AWS the Pipe of the stack does this. 78 where there is no such table or it has no stream.',
	].join('\n\n'),
	options: {
		table: { type: 'string', default: 'OrderTable', describe: 'The DynamoDB table' },
		'order-stream': { type: 'string', describe: 'The Kinesis stream; by default the one that is deployed' },
		position: {
			type: 'string',
			describe: 'The file that remembers how far it has come; by default .shoplake/relay-position.json of the clone',
		},
		once: { type: 'boolean', default: false, describe: 'End when all changes so far are relayed' },
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
			? `Would take changes of ${table} to ${stream}`
			: `${relayed} changes of ${table} taken to ${stream}`,
});

export const orders: CommandModule = {
	command: 'orders',
	describe: 'Live orders: produce, relay',
	builder: (yargs) =>
		yargs
			.command([produce, relay])
			.demandCommand(1, "Say what to do with live orders; 'shoplake orders --help' lists it."),
	handler: () => undefined,
};
