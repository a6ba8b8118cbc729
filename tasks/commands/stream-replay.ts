import { streams } from '../contracts';
import { defineTask } from './define-task';
import { intervalOptions, parseInterval } from './interval';

export const replay = defineTask({
	command: 'stream replay',
	keepsCosts: true,
	describe: 'Replay live orders that the transform failed on',
	about: [
		`Decodes the failed records that Firehose wrote under ${streams.live_orders.failedPrefix}, reports why each one failed, and runs the current version of the transform on it. Records that pass are delivered under ${streams.live_orders.prefix}, in the hour of their failure, where \`stream seal\` reads them. The failed objects stay. Repeating it delivers nothing new.`,
		'Reads: failed objects, plain or gzip. Writes: delivered objects.',
		'Returns: objects, records, replayable, deletions (nothing to deliver), refused, delivered_objects, refused_by_reason, failed_by_error, examples (of refused records). All counts are 0 if no record has failed.',
	].join('\n\n'),
	options: {
		...intervalOptions,
		stream: { choices: ['live_orders'] as const, default: 'live_orders' as const, describe: 'The stream' },
	},
	run: async (context, args) => {
		const { replayFailed } = await import('../streams');
		return replayFailed(context, { stream: args.stream, dates: parseInterval(args), dryRun: args.dryRun });
	},
});
