import { defineTask } from './define-task';
import { intervalOptions, parseInterval } from './interval';

export const alarms = defineTask({
	command: 'stream alarms',
	describe: 'Tell people of spikes and drops of live sales',
	about: [
		'Sends one message to the alerts’ topic (SHOPLAKE_ALERTS_TOPIC) with the spikes and drops in gold_live_anomalies that were not told yet, each hour, product and direction once. A drop is told when its hour has been over for 15 minutes; until then more sales may come. Without a topic the message is logged.',
		'Reads: Gold. Writes: what was sent, into the lake, after it has been sent; a run that is cut off in between sends again rather than not at all.',
		'Returns: alarms (hour, product, direction, units, expected, deviation), dates (looked at).',
	].join('\n\n'),
	options: intervalOptions,
	run: async (context, args) => {
		const { raiseAlarms } = await import('../streams');
		return raiseAlarms(context, parseInterval(args), { dryRun: args.dryRun });
	},
});
