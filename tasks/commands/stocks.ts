import type { CommandModule, Options } from 'yargs';
import { isDate } from '../platform/dates';
import { ConfigurationError, exitCodes } from '../platform/errors';
import { parseInstant } from '../platform/instant';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';

/** Resources of the stack; the stack's outputs are the environment variables of these flags. */
const resources = {
	'stocks-bucket': { type: 'string', alias: 'bucket', describe: 'The bucket of the quotes (SHOPLAKE_STOCKS_BUCKET)' },
	'stock-queue': { type: 'string', alias: 'queue', describe: 'The URL of the queue (SHOPLAKE_STOCK_QUEUE)' },
	'stock-dead-letters': {
		type: 'string',
		alias: 'dead-letters',
		describe: 'The URL of the dead-letter queue (SHOPLAKE_STOCK_DEAD_LETTERS)',
	},
	'stock-data-table': { type: 'string', alias: 'table', default: 'StockData', describe: 'The DynamoDB table' },
} as const satisfies Record<string, Options>;

const generate = defineTask({
	command: 'stocks generate',
	keepsCosts: true,
	describe: 'Write generated quotes of 50 stocks to S3, minute by minute',
	about: [
		'Writes 50 files per minute (--stock-count for fewer), one per ticker, as stocks/<date>/<HHMM>/<ticker>.csv: a header (ticker,timestamp,open,high,low,close,volume) and 60 rows, one per second. It is deterministic: the same minute gives the same bytes, so a repeated run changes nothing. It does the work of GeneratorLambda where there is no Lambda.',
		'  shoplake stocks generate --minute 2026-11-20T09:31Z\n  shoplake stocks generate --minute 2026-11-20T09:00Z --minutes 60',
		'Reads: nothing. Writes: the bucket of the quotes, which notifies the queue.',
		'Returns: status (published), bucket, from, to, files, rows, bytes_out. Exit code 78 if there is no such bucket.',
	].join('\n\n'),
	options: {
		minute: {
			type: 'string',
			describe: 'Any instant of the first minute, in ISO 8601 (UTC by default); by default now',
		},
		minutes: { type: 'number', integer: [1, 10_080], default: 1, describe: 'Number of consecutive minutes' },
		'stock-count': {
			type: 'number',
			integer: [1, 50],
			default: 50,
			describe: 'How many of the 50 stocks, the first ones by ticker',
		},
		'stocks-bucket': resources['stocks-bucket'],
	},
	run: async (context, { minute, minutes, 'stock-count': count, dryRun, ...flags }) => {
		const bucket = required('stocks-bucket', flags['stocks-bucket']);
		const { generateQuotes, toMinute } = await import('../market');
		const first = toMinute(minute === undefined ? context.clock() : parseInstant('--minute', minute));
		return generateQuotes(context, { bucket, minute: first, minutes, count, dryRun });
	},
	show: ({ status, bucket, from, to, files }) =>
		`${status === 'planned' ? 'Would write' : 'Wrote'} ${files} files of ${from === to ? from : `${from} to ${to}`} to ${bucket}`,
});

const consume = defineTask({
	command: 'stocks consume',
	keepsCosts: true,
	describe: 'Load the quote files announced in the queue into DynamoDB',
	about: [
		'Receives messages until none has arrived for --idle seconds, or until it is stopped: reads each file, writes its quotes to the table, deletes the message. A quote of an older file never replaces a newer one, so a repeated or late message is harmless. It does the work of ConsumerLambda where there is no Lambda; both may run at the same time.',
		'Invalid rows are quarantined under rejected/ in the bucket. The message of an unreadable file returns to the queue, and moves to the dead-letter queue after five tries.',
		'Reads: the queue, the files. Writes: StockData, rejected/. On SIGTERM it finishes the messages in progress (exit code 143).',
		'Returns: status (published, unchanged if no message came, or terminated), messages, failed, files, gone (deleted before they were read), received (rows), added, replaced, superseded, rejected. Exit code 75 if the table or S3 fails for now, 78 if a resource is missing.',
	].join('\n\n'),
	options: {
		idle: {
			type: 'number',
			integer: [0, 20],
			default: 2,
			describe: 'Stop after this many seconds without a message, 0 to 20',
		},
		'stock-retention-days': {
			type: 'number',
			integer: [0, 36_500],
			default: 0,
			describe: 'How many days after its second a quote expires in the table; 0 for never',
		},
		'stock-queue': resources['stock-queue'],
		'stock-data-table': resources['stock-data-table'],
	},
	run: async (context, args) => {
		const { idle, dryRun, 'stock-retention-days': retentionDays, 'stock-data-table': table, ...flags } = args;
		const queue = required('stock-queue', flags['stock-queue']);
		const { consumeQueue } = await import('../market');
		const outcome = await context.hold(
			consumeQueue(context, { queue, table, idleSeconds: idle, retentionDays, dryRun }),
		);
		if (outcome.status === 'terminated') process.exitCode = exitCodes.terminated;
		return outcome;
	},
	show: ({ status, queue, table, files, received, added, replaced, rejected, failed }) =>
		status === 'planned'
			? `Would load files from ${queue} into ${table}`
			: `${files} files with ${received} rows: ${added} added to ${table}, ${replaced} replaced, ${rejected} rejected; ${failed} files failed`,
});

const redrive = defineTask({
	command: 'stocks redrive',
	keepsCosts: true,
	describe: 'Check the dead letters of the quotes, and move back those whose file is fixed',
	about: [
		'Reads the current file of each message in the dead-letter queue. If the file can be read (the table or the consumer had failed), the message moves back to the queue. If nothing is left to do (the file is deleted, or a good one has replaced it and has its own message), the message is deleted. Otherwise it stays. --all moves every message back. --dry-run lists the messages with their reasons.',
		'To fix an unreadable file, upload a good one under the same key, or delete it.',
		'Reads: both queues, the files. Writes: both queues.',
		'Returns: status (published or unchanged), messages, moved, dropped, left, letters (id, file, verdict, reason). Exit code 78 if there is no such queue.',
	].join('\n\n'),
	options: {
		all: { type: 'boolean', default: false, describe: 'Move every message back, whatever the state of its file' },
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
			`${messages} dead letters: ${moved} ${status === 'planned' ? 'to move' : 'moved'} back, ${dropped} ${status === 'planned' ? 'to delete' : 'deleted'}, ${left} left`,
		].join('\n'),
});

const show = defineTask({
	command: 'stocks show',
	positional: '<ticker>',
	describe: 'Show the newest quotes of a stock',
	about: [
		'Shows the newest quotes of a ticker, in order of time. --from and --to (both included) are dates or ISO 8601 times.',
		'  shoplake stocks show AAPL\n  shoplake stocks show AAPL --from 2026-11-20T09:31:00Z --to 2026-11-20T09:31:59Z --json',
		'Reads: StockData. Writes: nothing. Returns: status (shown), ticker, quotes (timestamp, open, high, low, close, volume; figures as text), more (whether the interval has further quotes).',
	].join('\n\n'),
	options: {
		ticker: { type: 'string', demandOption: true, describe: 'The ticker, such as AAPL' },
		from: { type: 'string', describe: 'First second, or first date' },
		to: { type: 'string', describe: 'Last second, or last date' },
		limit: { type: 'number', integer: [1, 1_000_000], default: 60, describe: 'Number of quotes to show' },
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

/** The value of a flag that the deployment sets. */
function required(flag: keyof typeof resources, value: string | undefined): string {
	if (value) return value;
	const variable = `SHOPLAKE_${flag.toUpperCase().replaceAll('-', '_')}`;
	throw new ConfigurationError(
		`${variable} is not set, and --${flag} is not given. On a laptop run 'shoplake local up'; on AWS set it to the stack's output.`,
	);
}

/** The table's text of a second, from a date or a time. */
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
			.demandCommand(1, "Choose a command; 'shoplake stocks --help' lists them."),
	handler: () => undefined,
};
