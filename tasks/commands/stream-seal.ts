import { streamNames, streams } from '../contracts';
import { parseInstant } from '../platform/instant';
import { defineTask } from './define-task';

/** The flag that says which streams a task works on. */
export const streamOption = {
	type: 'string',
	array: true,
	choices: streamNames,
	describe: 'Only this stream; can be given several times',
} as const;

export const seal = defineTask({
	command: 'stream seal',
	describe: 'Seal what the streams have delivered into batches of Bronze',
	about: [
		`Takes each object under ${streamNames.map((name) => streams[name].prefix).join(' and ')} that no batch has yet, whenever it came, into one batch a stream (live_orders-20261126T12), in the order of arrival; records that break their contract go to quarantine. Objects of one record each become few large ones. The delivered objects stay where they are.`,
		'Two at once seal nothing twice. What can’t be read (no UTF-8, broken gzip) stops nothing: it is in quarantine as unparsable.',
		'Reads: delivered objects, plain or gzip. Writes: Bronze, quarantine, which objects are sealed; one commit a batch. Silver follows with `clean --sealed`.',
		'Returns: batches (with objects, received, rejected), objects, received, rejected, waiting (sealed batches that Silver does not have). Exit code 66 where nothing is new and no batch waits.',
	].join('\n\n'),
	options: {
		stream: streamOption,
		until: { type: 'string', describe: 'Only what was delivered before this instant; by default now' },
	},
	run: async (context, { stream, until, dryRun }) => {
		const { sealStreams } = await import('../streams');
		return sealStreams(context, {
			streams: stream ?? streamNames,
			until: until === undefined ? context.clock() : parseInstant('--until', until),
			dryRun,
		});
	},
});
