import { defineTask } from './define-task';
import { intervalOptions, parseInterval } from './interval';

export const alarms = defineTask({
	command: 'stream alarms',
	keepsCosts: true,
	describe: 'Send alerts for spikes and drops in live sales',
	about: [
		'Publishes one message to SHOPLAKE_ALERTS_TOPIC with the spikes and drops in gold_live_anomalies that have not been reported yet: each hour, product and direction once. A drop is reported 15 minutes after the end of its hour, because more sales may arrive until then. Without a topic the message is only logged.',
		'Reads: Gold. Writes: which alarms were sent, into the lake. It records them after sending: if a run dies in between, the next one sends them again.',
		'Returns: alarms (hour, product, direction, units, expected, deviation), dates (that were checked).',
	].join('\n\n'),
	options: intervalOptions,
	run: async (context, args) => {
		const { raiseAlarms } = await import('../streams');
		return raiseAlarms(context, parseInterval(args), { dryRun: args.dryRun });
	},
});
