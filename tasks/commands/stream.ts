import type { CommandModule } from 'yargs';
import { parseDuration } from '../platform/duration';
import { exitCodes, UsageError } from '../platform/errors';
import { defineTask } from './define-task';
import { checkDate } from './interval';
import { alarms } from './stream-alarms';
import { replay } from './stream-replay';
import { seal } from './stream-seal';

const send = defineTask({
	command: 'stream send',
	describe: 'Send events to a Firehose delivery stream, from files or generated',
	about: [
		'Sends each line of the sources as one record, unchanged, in order: NDJSON files, plain or gzip, folders of them, or s3://bucket/prefix. --source generated sends the events of a generated shop from --date on: of that day, or with --duration of as many days as it takes.',
		'Each record arrives at least once, and counts once in Silver by its event_id. What Firehose does not take is sent again after random waits that double. SIGTERM lets what is under way arrive. A run that is stopped or fails leaves a checkpoint, from which the same command goes on; one that is through leaves none.',
		'  shoplake stream send --source events/\n  shoplake stream send --source generated --date 2026-11-20 --rate 100/s --duration 10m',
		'Returns: stream, status (sent; interrupted by --duration; terminated), sent, bytes_out, batches, retried (records sent again), failed (given up), rate (records a second), lag_seconds (behind --rate), checkpoint. Exit code 65 for a record that is too long, 75 where the stream refuses for about a minute, 78 where there is no such stream.',
	].join('\n\n'),
	options: {
		'stream-name': { type: 'string', default: 'firehose-to-s3', describe: 'The delivery stream' },
		source: {
			type: 'string',
			array: true,
			demandOption: true,
			describe: 'A file, a folder, s3://bucket/prefix (may be repeated), or generated',
		},
		rate: { type: 'string', describe: 'Records a second, such as 100/s; by default as fast as the stream takes them' },
		duration: { type: 'string', describe: 'End after so long, such as 30s, 10m or 2h' },
		checkpoint: {
			type: 'string',
			describe: 'The file that remembers how far a stopped run has come; by default <stream-name>.checkpoint.json here',
		},
		date: { type: 'string', describe: 'First day to generate, YYYY-MM-DD' },
		records: {
			type: 'number',
			whole: [1, 50_000_000],
			default: 1000,
			describe: 'Orders of a generated day, with about twelve events each',
		},
		seed: { type: 'string', default: '1', describe: 'Seed of the generated shop' },
	},
	run: async (context, args) => {
		const { 'stream-name': streamName, source, duration, rate, dryRun } = args;
		const { sendStream } = await import('../streams/send');
		const sending = sendStream(context, {
			streamName,
			from: parseOrigin(source, args),
			...(rate === undefined ? {} : { rate: parseRate(rate) }),
			...(duration === undefined ? {} : { durationMs: parseDuration('--duration', duration) }),
			checkpoint: args.checkpoint ?? `${streamName}.checkpoint.json`,
			dryRun,
		});
		// After a signal it waits for what is under way and notes how far it came.
		const outcome = await context.hold(sending);
		if (outcome.status === 'terminated') process.exitCode = exitCodes.terminated;
		return outcome;
	},
	show: ({ status, stream, sent, rate, retried, checkpoint }) =>
		status === 'planned'
			? `Would send to ${stream}${checkpoint ? `, going on from ${checkpoint}` : ''}`
			: `${sent} records sent to ${stream}, ${rate}/s; ${retried} sent again${checkpoint ? `. The same command goes on from ${checkpoint}` : ''}`,
});

interface GeneratedFlags {
	readonly date: string | undefined;
	readonly duration: string | undefined;
	readonly records: number;
	readonly seed: string;
}

function parseOrigin(sources: readonly string[], { date, duration, records, seed }: GeneratedFlags) {
	if (!sources.includes('generated')) {
		if (date !== undefined) throw new UsageError('--date goes with --source generated.');
		return { files: sources };
	}
	if (sources.length > 1) throw new UsageError('--source generated stands alone.');
	if (date === undefined)
		throw new UsageError('--source generated needs the first day to generate: --date 2026-11-20.');
	checkDate('--date', date);
	return { generated: { date, orders: records, seed, days: duration === undefined ? 1 : undefined } };
}

/** Records a second of `100/s` or `100`; throws UsageError. */
function parseRate(text: string): number {
	const [, number] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text.trim()) ?? [];
	if (Number(number) > 0) return Number(number);
	throw new UsageError(`--rate '${text}' is no rate: write records a second, such as 100/s.`);
}

export const stream: CommandModule = {
	command: 'stream',
	describe: 'Events and live orders: send, seal, alarms, replay',
	builder: (yargs) =>
		yargs
			.command([send, seal, alarms, replay])
			.demandCommand(1, "Say what to do with the streams; 'shoplake stream --help' lists it."),
	handler: () => undefined,
};
