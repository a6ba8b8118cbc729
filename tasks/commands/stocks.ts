import type { CommandModule, Options } from 'yargs';
import { isDate } from '../platform/dates';
import { ConfigurationError, exitCodes } from '../platform/errors';
import { parseInstant } from '../platform/instant';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';

/** What the stack deploys; its outputs are the variables of these flags. */
const resources = {
	'stocks-bucket': { type: 'string', alias: 'bucket', describe: 'The bucket of the quotes, SHOPLAKE_STOCKS_BUCKET' },
	'stock-queue': { type: 'string', alias: 'queue', describe: 'The URL of the queue, SHOPLAKE_STOCK_QUEUE' },
	'stock-dead-letters': {
		type: 'string',
		alias: 'dead-letters',
		describe: 'The URL of the dead-letter queue, SHOPLAKE_STOCK_DEAD_LETTERS',
	},
	'stock-data-table': { type: 'string', alias: 'table', default: 'StockData', describe: 'The DynamoDB table' },
} as const satisfies Record<string, Options>;

const generate = defineTask({
	command: 'stocks generate',
	describe: 'Write made-up quotes of 50 stocks for a minute into S3',
	about: [
		'Writes 50 files a minute, one a ticker, under stocks/<date>/<HHMM>/<ticker>.csv: a header (ticker,timestamp,open,high,low,close,volume) and 60 rows, one a second. The same minute makes the same files, byte by byte, so a run that is repeated changes nothing. Without Lambda this stands in for GeneratorLambda.',
		'  shoplake stocks generate --minute 2026-11-20T09:31Z\n  shoplake stocks generate --minute 2026-11-20T09:00Z --minutes 60',
		'Reads: nothing. Writes: the bucket of the quotes, which tells the queue.',
		'Returns: status (published), bucket, from, to, files, rows, bytes_out. Exit code 78 where there is no such bucket.',
	].join('\n\n'),
	options: {
		minute: { type: 'string', describe: 'Any instant of the first minute, ISO (UTC unless it says); by default now' },
		minutes: { type: 'number', whole: [1, 10_080], default: 1, describe: 'How many minutes, one after the other' },
		'stocks-bucket': resources['stocks-bucket'],
	},
	run: async (context, { minute, minutes, dryRun, ...flags }) => {
		const bucket = required('stocks-bucket', flags['stocks-bucket']);
		const { generateQuotes, toMinute } = await import('../market');
		const first = toMinute(minute === undefined ? context.clock() : parseInstant('--minute', minute));
		return generateQuotes(context, { bucket, minute: first, minutes, dryRun });
	},
	show: ({ status, bucket, from, to, files }) =>
		`${status === 'planned' ? 'Would write' : 'Wrote'} ${files} files of ${from === to ? from : `${from} to ${to}`} to ${bucket}`,
});

const consume = defineTask({
	command: 'stocks consume',
	describe: 'Take the files of quotes that the queue tells of into DynamoDB',
	about: [
		'Takes messages of the queue until nothing has come for --idle, or until it is stopped: reads each file, writes its quotes to the table, deletes the message. A quote of an older file never takes the place of a newer one, so a message that comes twice, or late, is harmless. Without Lambda this stands in for ConsumerLambda; both may run at a time.',
		'Rows that are no quotes are set aside in the bucket, under rejected/. A file that cannot be read at all stays in the queue, and ends in the dead-letter queue when it has come five times.',
		'Reads: the queue, the files. Writes: StockData, rejected/. SIGTERM lets what is under way end (exit code 143).',
		'Returns: status (published, unchanged where nothing came, or terminated), messages, failed, files, gone (deleted before they were read), received (rows), added, replaced, superseded, rejected. Exit code 75 where the table or S3 failed for now, 78 where something is missing.',
	].join('\n\n'),
	options: {
		idle: {
			type: 'number',
			whole: [0, 20],
			default: 2,
			describe: 'Seconds without a message after which the queue is empty, 0 to 20',
		},
		'stock-queue': resources['stock-queue'],
		'stock-data-table': resources['stock-data-table'],
	},
	run: async (context, { idle, dryRun, 'stock-data-table': table, ...flags }) => {
		const queue = required('stock-queue', flags['stock-queue']);
		const { consumeQueue } = await import('../market');
		const outcome = await context.hold(consumeQueue(context, { queue, table, idleSeconds: idle, dryRun }));
		if (outcome.status === 'terminated') process.exitCode = exitCodes.terminated;
		return outcome;
	},
	show: ({ status, queue, table, files, received, added, replaced, rejected, failed }) =>
		status === 'planned'
			? `Would take files from ${queue} into ${table}`
			: `${files} files with ${received} rows: ${added} added to ${table}, ${replaced} replaced, ${rejected} set aside; ${failed} files failed`,
});

const redrive = defineTask({
	command: 'stocks redrive',
	describe: 'Go through the dead letters of the quotes: say why they are there, and move back what is mended',
	about: [
		'Looks at the file of each message in the dead-letter queue as it is now. The message is moved back to the queue where the file can be read (then it was the table or the consumer that failed), deleted where nothing is left to do (the file is deleted, or a good one has taken its place and has a message of its own), and left where nothing has changed. --all moves every message back. --dry-run lists them with their reasons, and changes nothing.',
		'A file that cannot be read is mended by putting a good one under the same key, or by deleting it.',
		'Reads: both queues, the files. Writes: both queues.',
		'Returns: status (published or unchanged), messages, moved, dropped, left, letters (id, file, verdict, reason). Exit code 78 where there is no such queue.',
	].join('\n\n'),
	options: {
		all: { type: 'boolean', default: false, describe: 'Move every message back, whatever its file is like' },
		'stock-queue': resources['stock-queue'],
		'stock-dead-letters': resources['stock-dead-letters'],
	},
	run: async (context, { all, dryRun, ...flags }) => {
		const queue = required('stock-queue', flags['stock-queue']);
		const deadLetters = required('stock-dead-letters', flags['stock-dead-letters']);
		const { redrive } = await import('../market');
		return context.hold(redrive(context, { queue, deadLetters, all, dryRun }));
	},
	show: ({ status, messages, moved, dropped, left, letters }) =>
		[
			...(messages === 0 ? [] : [tableText(letters as Record<string, unknown>[], ['verdict', 'file', 'reason'])]),
			`${messages} dead letters: ${moved} ${status === 'planned' ? 'to move' : 'moved'} back, ${dropped} ${status === 'planned' ? 'to drop' : 'dropped'}, ${left} left`,
		].join('\n'),
});

const show = defineTask({
	command: 'stocks show',
	positional: '<ticker>',
	describe: 'Show the newest quotes of a stock',
	about: [
		'Shows the newest quotes of a ticker in the table, the oldest of them first; --from and --to (both included) are dates or ISO times.',
		'  shoplake stocks show AAPL\n  shoplake stocks show AAPL --from 2026-11-20T09:31:00Z --to 2026-11-20T09:31:59Z --json',
		'Reads: StockData. Writes: nothing. Returns: status (shown), ticker, quotes (timestamp, open, high, low, close, volume; figures as text), more (whether there are others in the interval).',
	].join('\n\n'),
	options: {
		ticker: { type: 'string', demandOption: true, describe: 'The ticker, such as AAPL' },
		from: { type: 'string', describe: 'The first second, or date' },
		to: { type: 'string', describe: 'The last second, or date' },
		limit: { type: 'number', whole: [1, 1_000_000], default: 60, describe: 'Show the newest so many' },
		'stock-data-table': resources['stock-data-table'],
	},
	run: async (context, { ticker, from, to, limit, 'stock-data-table': table }) => {
		const { showQuotes } = await import('../market');
		const interval = {
			from: from === undefined ? undefined : parseSecond('--from', from, '00:00:00'),
			to: to === undefined ? undefined : parseSecond('--to', to, '23:59:59'),
		};
		return showQuotes(context, { table, ticker, ...interval, limit });
	},
	show: ({ quotes, ticker, table }) => {
		const rows = quotes as Record<string, unknown>[];
		return rows.length === 0 ? `${table} has no such quotes of ${ticker}` : tableText(rows);
	},
});

/** The value of a flag that the deployment gives. */
function required(flag: keyof typeof resources, value: string | undefined): string {
	if (value) return value;
	const variable = `SHOPLAKE_${flag.toUpperCase().replaceAll('-', '_')}`;
	throw new ConfigurationError(
		`${variable} is not set, and no --${flag} given. On a laptop run 'shoplake local up'; on AWS set it to the stack's output.`,
	);
}

/** A second as the table has it, of a date or a time. */
function parseSecond(flag: string, text: string, timeOfDate: string): string {
	const instant = parseInstant(flag, isDate(text) ? `${text}T${timeOfDate}Z` : text);
	return `${instant.toISOString().slice(0, 19)}Z`;
}

export const stocks: CommandModule = {
	command: 'stocks',
	describe: 'Market data: generate, consume, redrive, show',
	builder: (yargs) =>
		yargs
			.command([generate, consume, redrive, show])
			.demandCommand(1, "Say what to do with the quotes; 'shoplake stocks --help' lists it."),
	handler: () => undefined,
};
