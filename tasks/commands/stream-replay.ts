import { streams } from '../contracts';
import { defineTask } from './define-task';
import { intervalOptions, parseInterval } from './interval';

export const replay = defineTask({
	command: 'stream replay',
	describe: 'Look at live orders that the transformation failed on, and deliver those that it takes now',
	about: [
		`Decodes what Firehose left under ${streams.live_orders.failedPrefix}, says of each record why it failed, and looks at it by the transformation as it is in this version. Those that come out are delivered under ${streams.live_orders.prefix}, into the hour of their failure, where \`stream seal\` finds them; the failed objects stay. Repeating it delivers nothing new.`,
		'Reads: failed objects, plain or gzip. Writes: delivered objects.',
		'Returns: objects, records, replayable, deletions (which leave nothing to deliver), refused, delivered_objects, refused_by_reason, failed_by_error, examples (of refused records). All are 0 where nothing has failed.',
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
