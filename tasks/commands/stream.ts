import type { CommandModule } from 'yargs';
import { parseDuration } from '../platform/duration';
import { exitCodes, UsageError } from '../platform/errors';
import { utc } from '../platform/time-zone';
import { defineTask } from './define-task';
import { checkDate } from './interval';
import { alarms } from './stream-alarms';
import { replay } from './stream-replay';
import { seal } from './stream-seal';

const send = defineTask({
	command: 'stream send',
	describe: 'Send events to a Firehose delivery stream, from files or generated',
	about: [
		'Sends each line of the sources as one record, unchanged and in order. A source is an NDJSON file (plain or gzip), a folder, or s3://bucket/prefix. --source generated sends the events of a generated shop from --date on: one day, or with --duration as many days as it takes.',
		'Delivery is at least once; Silver counts each event_id once. Records that Firehose rejects are retried with exponential back-off and jitter. On SIGTERM the records in flight are delivered first. A run that is stopped or fails leaves a checkpoint, and the same command resumes from it; a finished run leaves none.',
		'  shoplake stream send --source events/\n  shoplake stream send --source generated --date 2026-11-20 --rate 100/s --duration 10m',
		'Reads: the sources. Writes: the Firehose stream, the checkpoint file. Returns: stream, status (sent, interrupted by --duration, or terminated), sent, bytes_out, batches, retried (records sent again), failed (records given up), rate (records per second), lag_seconds (behind --rate), checkpoint. Exit code 65 if a record is too long, 75 if the stream rejects records for about a minute, 78 if there is no such stream.',
	].join('\n\n'),
	options: {
		'stream-name': { type: 'string', default: 'firehose-to-s3', describe: 'The Firehose delivery stream' },
		source: {
			type: 'string',
			array: true,
			demandOption: true,
			describe: 'A file, a folder or s3://bucket/prefix (may be repeated), or `generated`',
		},
		rate: { type: 'string', describe: 'Records per second, such as 100/s; by default as fast as the stream accepts' },
		duration: { type: 'string', describe: 'Stop after this long, such as 30s, 10m or 2h' },
		checkpoint: {
			type: 'string',
			describe: 'The checkpoint file; by default <stream-name>.checkpoint.json in the current folder',
		},
		date: { type: 'string', describe: 'First day to generate, YYYY-MM-DD' },
		records: {
			type: 'number',
			integer: [1, 50_000_000],
			default: 1000,
			describe: 'Orders per generated day, with about twelve events each',
		},
		seed: { type: 'string', default: '1', describe: 'The seed of the generated shop' },
	},
	run: async (context, args) => {
		const { 'stream-name': streamName, source, duration, rate, dryRun } = args;
		const { sendStream } = await import('../streams/send');
		const sending = sendStream(context, {
			streamName,
			from: parseOrigin(source, args, (await context.timeZone()) !== utc),
			...(rate === undefined ? {} : { rate: parseRate(rate) }),
			...(duration === undefined ? {} : { durationMs: parseDuration('--duration', duration) }),
			checkpoint: args.checkpoint ?? `${streamName}.checkpoint.json`,
			dryRun,
		});
		// After a signal it waits for the records in flight and writes the checkpoint.
		const outcome = await context.hold(sending);
		if (outcome.status === 'terminated') process.exitCode = exitCodes.terminated;
		return outcome;
	},
	show: ({ status, stream, sent, rate, retried, checkpoint }) =>
		status === 'planned'
			? `Would send to ${stream}${checkpoint ? `, resuming from ${checkpoint}` : ''}`
			: `${sent} records sent to ${stream}, ${rate}/s; ${retried} sent again${checkpoint ? `. The same command resumes from ${checkpoint}` : ''}`,
});

interface GeneratedFlags {
	readonly date: string | undefined;
	readonly duration: string | undefined;
	readonly records: number;
	readonly seed: string;
}

function parseOrigin(
	sources: readonly string[],
	{ date, duration, records, seed }: GeneratedFlags,
	localTimes: boolean,
) {
	if (!sources.includes('generated')) {
		if (date !== undefined) throw new UsageError('--date needs --source generated.');
		return { files: sources };
	}
	if (sources.length > 1) throw new UsageError('--source generated can’t be combined with other sources.');
	if (date === undefined)
		throw new UsageError('--source generated needs the first day to generate: --date 2026-11-20.');
	checkDate('--date', date);
	return { generated: { date, orders: records, seed, localTimes, days: duration === undefined ? 1 : undefined } };
}

/** Records per second from `100/s` or `100`; throws UsageError. */
function parseRate(text: string): number {
	const [, number] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text.trim()) ?? [];
	if (Number(number) > 0) return Number(number);
	throw new UsageError(`--rate '${text}' is not a rate: write records per second, such as 100/s.`);
}

export const stream: CommandModule = {
	command: 'stream',
	describe: 'Events and live orders: send, seal, alarms, replay',
	builder: (yargs) =>
		yargs
			.command([send, seal, alarms, replay])
			.demandCommand(1, "Choose a command; 'shoplake stream --help' lists them."),
	handler: () => undefined,
};
