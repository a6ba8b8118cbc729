import { streamNames, streams } from '../contracts';
import { parseInstant } from '../platform/instant';
import { defineTask } from './define-task';

/** The flag that selects the streams a task works on. */
export const streamOption = {
	type: 'string',
	array: true,
	choices: streamNames,
	describe: 'Only this stream; may be repeated',
} as const;

export const seal = defineTask({
	command: 'stream seal',
	keepsCosts: true,
	describe: 'Seal delivered stream objects into Bronze batches',
	about: [
		`Collects every object under ${streamNames.map((name) => streams[name].prefix).join(' and ')} that is in no batch yet, however late it arrived, into one batch per stream (live_orders-20261126T12), in order of arrival. Invalid records go to quarantine. Many small objects become a few large ones. The delivered objects stay where they are, with a tag: on AWS a rule of the bucket deletes tagged objects after 30 days, and no others.`,
		'Concurrent runs seal nothing twice. Unreadable content (not UTF-8, broken gzip) does not stop a run: it goes to quarantine as unparsable.',
		'Reads: delivered objects, plain or gzip. Writes: Bronze, quarantine and the list of sealed objects, in one commit per batch; then the tags. Silver follows with `clean --sealed`.',
		'Returns: batches (with objects, received, rejected), objects, tagged, received, rejected, waiting (sealed batches that are not admitted yet). Exit code 66 if there are no new objects and no batch waits.',
	].join('\n\n'),
	options: {
		stream: streamOption,
		until: { type: 'string', describe: 'Only objects delivered before this instant; by default now' },
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
