import type { CommandModule } from 'yargs';
import type { TaskContext } from '../context';
import type { Drop } from '../filedrop/open-drop';
import { parseDuration } from '../platform/duration';
import { exitCodes } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { checkDate } from './interval';

type FileDrop = typeof import('../filedrop');

/** Runs a step on the file drop that the environment names; a step that has to wait ends with exit code 75. */
async function runStep(
	context: TaskContext,
	step: (drop: FileDrop, place: Drop) => Promise<Outcome>,
): Promise<Outcome> {
	const drop = await import('../filedrop');
	const outcome = await step(drop, await drop.openDrop(context, process.env));
	if (outcome.status === 'waiting') {
		// On a terminal the outcome says so.
		if (!process.stdout.isTTY) context.log.info(`Waiting for ${outcome.waits_for}`);
		process.exitCode = exitCodes.tryAgain;
	}
	return outcome;
}

const lease = {
	type: 'string',
	default: '4h',
	describe: 'How long the lock stays valid unless the run renews it',
} as const;
const holder = {
	type: 'string',
	demandOption: true,
	describe: 'The run that holds the lock: any unique name',
} as const;
const optionalHolder = {
	type: 'string',
	describe: 'The run that holds the lock; the lock is checked and its lease renewed',
} as const;
const batch = { type: 'string', demandOption: true, describe: 'The batch id that the gate returned' } as const;

const gate = defineTask({
	command: 'filedrop gate',
	keepsCosts: true,
	describe: 'Check whether a batch is ready, and record its files by key and version',
	about: [
		'Counts orders_*.csv, order_items_*.csv and products.csv (plain or .gz) under S3_PREFIX (incoming/) in S3_BUCKET (by default the lake’s). A batch is ready when there are at least MIN_ORDER_FILES (5), MIN_ITEM_FILES (5) and MIN_PRODUCT_FILES (1). With fewer, the files are processed anyway FORCE_PROCESS_AFTER_MINUTES (30) after the minimum was first missed; THRESHOLD_MET_TIMESTAMP_KEY stores that time. A batch in progress comes first.',
		'Reads and writes: the bucket of the file drop.',
		'Returns: status (open or waiting), batch, as_of, forced, resumed, files; while waiting: waits_for, since, processed_anyway_at. Exit code 75 while waiting, 66 if there are no files, or only those of a held (failed) batch.',
	].join('\n\n'),
	options: {},
	run: (context, { dryRun }) => runStep(context, (drop, place) => drop.gate(context, place, { dryRun })),
	show: ({ status, batch, files, waits_for, processed_anyway_at }) =>
		status === 'planned'
			? undefined
			: status === 'waiting'
				? `Waiting for ${waits_for}; the files that are there are processed at ${processed_anyway_at}`
				: `${batch}: ${(files as readonly string[]).join(', ')}`,
});

const lock = defineTask({
	command: 'filedrop lock',
	keepsCosts: true,
	describe: 'Take the lock of the file drop, so that only one run works on it',
	about:
		'Creates LOCK_KEY (incoming/pipeline.lock), or takes over a lock whose lease has expired. If this holder has the lock already, its lease is renewed. Returns: status (locked or waiting), holder, host, started_at, lease_until. Exit code 75 while another run holds the lock.',
	options: { holder, lease },
	run: (context, { holder, lease, dryRun }) =>
		runStep(context, (drop, place) =>
			drop.lock(context, place, { holder, leaseMs: parseDuration('--lease', lease), dryRun }),
		),
});

const validate = defineTask({
	command: 'filedrop validate',
	keepsCosts: true,
	describe: 'Validate the files of a batch and copy them to its landing zone',
	about: [
		'Validates the header, the CSV syntax and the contract’s rules of every file, and that each item’s order_id and product_id exist in the batch or in the lake. Copies the versions that the gate recorded to landing/<dataset>/batch=<batch>/, where ingest reads them.',
		'--on-invalid fail (the default): any fault fails the whole batch (exit code 65), and its files stay where they are. --on-invalid quarantine: unreadable files are moved to rejected/<batch>/, invalid records go to quarantine, and items of unknown orders or products wait as orphans. rejected/<batch>/report.txt lists what was wrong.',
		'Returns: batch, as_of, files, rejected_files, received, rejected, unknown_references, max_rejected (the value to pass to ingest). Exit code 66 if the batch is done, held or unknown.',
	].join('\n\n'),
	options: {
		batch,
		'on-invalid': {
			choices: ['fail', 'quarantine'] as const,
			default: 'fail' as const,
			describe: 'What to do with a batch that is not valid',
		},
		map: { type: 'string', describe: 'The JSON file or s3://… that `ingest` maps source columns with' },
		holder: optionalHolder,
		lease,
	},
	run: (context, args) =>
		runStep(context, (drop, place) =>
			drop.validate(context, place, {
				batch: args.batch,
				onInvalid: args['on-invalid'],
				map: args.map,
				holder: args.holder,
				leaseMs: parseDuration('--lease', args.lease),
				dryRun: args.dryRun,
			}),
		),
});

const archive = defineTask({
	command: 'filedrop archive',
	keepsCosts: true,
	describe: 'Move the files of an admitted batch to processed/<batch>/',
	about:
		'Copies each recorded version to processed/<batch>/, then deletes the original unless a newer file has taken its name. Empties the batch’s landing zone. Safe to repeat after a failure. Returns: batch, location, files. Exit code 64 if the batch is not in the lake yet, 66 if it is done, held or unknown.',
	options: { batch, holder: optionalHolder, lease },
	run: (context, { batch, holder, lease, dryRun }) =>
		runStep(context, (drop, place) =>
			drop.archive(context, place, { batch, holder, leaseMs: parseDuration('--lease', lease), dryRun }),
		),
});

const unlock = defineTask({
	command: 'filedrop unlock',
	keepsCosts: true,
	describe: 'Release the lock of the file drop',
	about:
		'Deletes LOCK_KEY if this holder has the lock, and otherwise leaves it alone. Returns: status (unlocked or unchanged).',
	options: { holder },
	run: (context, { holder, dryRun }) =>
		runStep(context, (drop, place) => drop.unlock(context, place, { holder, dryRun })),
});

const notify = defineTask({
	command: 'filedrop notify',
	keepsCosts: true,
	describe: 'Send one alert for a failed batch, and hold the batch',
	about:
		'Publishes one message to SHOPLAKE_ALERTS_TOPIC and adds one to the metric PipelineFailures. The batch is held until its files change or `filedrop retry` releases it. A held batch sends no second alert. Returns: status (told or unchanged), batch, step, files.',
	options: {
		batch: { type: 'string', describe: 'The batch; leave it out if the gate itself failed' },
		step: { type: 'string', demandOption: true, describe: 'The step that failed' },
		reason: { type: 'string', default: 'It did not say why; see its log.', describe: 'The error message of the step' },
		look: { type: 'string', describe: 'Where to find the log of the step' },
	},
	run: (context, { batch, step, reason, look, dryRun }) =>
		runStep(context, (drop, place) => drop.notify(context, place, { batch, step, reason, look, dryRun })),
});

const retry = defineTask({
	command: 'filedrop retry',
	keepsCosts: true,
	describe: 'Release failed batches, so that the gate retries them',
	about:
		'Clears the failure of one batch, or of all held batches. The next gate run retries them. Returns: batches. Exit code 66 if no batch is held.',
	options: { batch: { type: 'string', describe: 'The batch; by default all held batches' } },
	run: (context, { batch, dryRun }) => runStep(context, (drop, place) => drop.retry(place, { batch, dryRun })),
	show: ({ status, batches }) =>
		`${status === 'planned' ? 'The next gate run would retry' : 'The next gate run retries'}: ${(batches as readonly string[]).join(', ')}`,
});

const status = defineTask({
	command: 'filedrop status',
	describe: 'Show the files in the drop, the lock, and the batches in progress or held',
	about:
		'Shows how many files wait, who holds the lock, and the state of each batch. Reads: the bucket of the file drop. Writes: nothing. Returns: the number of files of each dataset, minimum, minimum_missed_since, lock, batches; with --batch also done, and the report of what was wrong.',
	options: { batch: { type: 'string', describe: 'Only this batch, with its report' } },
	run: (context, { batch }) => runStep(context, (drop, place) => drop.status(context, place, { batch })),
	show: ({ orders, order_items, products, lock, batches, report }) =>
		[
			`Files: orders ${orders}, order items ${order_items}, products ${products}`,
			`Lock: ${lock ? `run '${(lock as { holder: string }).holder}'` : 'free'}`,
			...((batches as []).length > 0 ? ['', batchesText(batches as Record<string, unknown>[])] : []),
			...(report ? ['', String(report)] : []),
		].join('\n'),
});

/** The batches as a table; below it the reason of each held batch, which may take many lines. */
function batchesText(batches: readonly Readonly<Record<string, unknown>>[]): string {
	const reasons = batches.filter(({ reason }) => reason).map(({ batch, reason }) => `\n${batch} is held:\n${reason}`);
	return [tableText(batches, ['batch', 'as_of', 'files', 'state', 'failed_at']), ...reasons].join('\n');
}

const sample = defineTask({
	command: 'filedrop sample',
	describe: 'Put the files of a generated day into the drop, to try it out',
	about:
		'Generates a day as orders_1.csv …, order_items_1.csv … and products.csv, and uploads them to the drop, or writes them to a folder with --out. Returns: location, files.',
	options: {
		date: { type: 'string', demandOption: true, describe: 'The day, YYYY-MM-DD' },
		records: { type: 'number', integer: [1, 50_000_000], default: 200, describe: 'Orders of the day' },
		seed: { type: 'string', default: '1', describe: 'Any text; a different seed is a different shop' },
		files: {
			type: 'number',
			integer: [1, 1000],
			default: 5,
			describe: 'Number of order files, and of order item files',
		},
		malformed: { type: 'boolean', default: false, describe: 'Leave a quote open in the last orders file' },
		out: { type: 'string', describe: 'A folder to write to instead of the drop' },
	},
	run: (context, { date, records, seed, files, malformed, out, dryRun }) => {
		checkDate('--date', date);
		return runStep(context, (drop, place) =>
			drop.sample(context, place, { date, records, seed, files, malformed, out, dryRun }),
		);
	},
	show: ({ status, location, files }) => {
		const count = (files as readonly string[]).length;
		return status === 'planned' ? `Would write ${count} files to ${location}` : `${count} files in ${location}`;
	},
});

const commands = [gate, lock, validate, archive, unlock, notify, retry, status, sample];

export const filedrop: CommandModule = {
	command: 'filedrop',
	describe: 'File drop: gate, lock, validate, archive, unlock, notify, retry, status, sample',
	builder: (yargs) =>
		yargs.command(commands).demandCommand(1, "Choose a command; 'shoplake filedrop --help' lists them."),
	handler: () => undefined,
};
