import type { CommandModule } from 'yargs';
import type { TaskContext } from '../context';
import type { DropPlace } from '../filedrop/drop-place';
import { parseDuration } from '../platform/duration';
import { exitCodes } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { checkDate } from './interval';

type FileDrop = typeof import('../filedrop');

/** Does a step of the file drop that the environment names; one that waits ends with exit code 75. */
async function atDrop(
	context: TaskContext,
	step: (drop: FileDrop, place: DropPlace) => Promise<Outcome>,
): Promise<Outcome> {
	const drop = await import('../filedrop');
	const outcome = await step(drop, await drop.dropPlace(context, process.env));
	if (outcome.status === 'waiting') {
		// A terminal is told by the outcome.
		if (!process.stdout.isTTY) context.log.info(`Waits for ${outcome.waits_for}`);
		process.exitCode = exitCodes.tryAgain;
	}
	return outcome;
}

const lease = {
	type: 'string',
	default: '4h',
	describe: 'How long the lock is this run’s without a word of it',
} as const;
const holder = {
	type: 'string',
	demandOption: true,
	describe: 'The run that has the lock: any name of its own',
} as const;
const optionalHolder = {
	type: 'string',
	describe: 'The run that has the lock: make sure of it, and prolong its lease',
} as const;
const batch = { type: 'string', demandOption: true, describe: 'The batch, as the gate has named it' } as const;

const gate = defineTask({
	command: 'filedrop gate',
	describe: 'Is there a batch to process? Notes its files, by key and version',
	about: [
		'Counts orders_*.csv, order_items_*.csv and products.csv (plain or .gz) under S3_PREFIX (incoming/) of S3_BUCKET (the lake’s). With MIN_ORDER_FILES (5), MIN_ITEM_FILES (5) and MIN_PRODUCT_FILES (1) of them there is a batch; with fewer there is one FORCE_PROCESS_AFTER_MINUTES (30) after these were first missed, which THRESHOLD_MET_TIMESTAMP_KEY keeps. A batch that is under way comes first.',
		'Reads and writes: the drop’s bucket. Returns: status (open or waiting), batch, as_of, forced, resumed, files; while waiting: waits_for, since, processed_anyway_at. Exit code 75 while waiting, 66 where there is nothing, or only a batch that has failed and is held.',
	].join('\n\n'),
	options: {},
	run: (context, { dryRun }) => atDrop(context, (drop, place) => drop.gate(context, place, { dryRun })),
	show: ({ status, batch, files, waits_for, processed_anyway_at }) =>
		status === 'planned'
			? undefined
			: status === 'waiting'
				? `Waits for ${waits_for}; what is there is processed at ${processed_anyway_at}`
				: `${batch}: ${(files as readonly string[]).join(', ')}`,
});

const lock = defineTask({
	command: 'filedrop lock',
	describe: 'Take the lock of the drop, so that one run works on it',
	about:
		'Writes LOCK_KEY (incoming/pipeline.lock) if there is none, or takes over one whose lease has run out. Who has it already prolongs the lease. Returns: status (locked or waiting), holder, host, started_at, lease_until. Exit code 75 while another run has it.',
	options: { holder, lease },
	run: (context, { holder, lease, dryRun }) =>
		atDrop(context, (drop, place) =>
			drop.lock(context, place, { holder, leaseMs: parseDuration('--lease', lease), dryRun }),
		),
});

const validate = defineTask({
	command: 'filedrop validate',
	describe: 'Check the files of a batch as ingest will, and put them into its landing zone',
	about: [
		'Checks header, form and the contract’s rules of every file, and that every order_id and product_id of an item is in the batch or in the lake. Copies the versions that the gate saw to landing/<dataset>/batch=<batch>/, where ingest finds them.',
		'--on-invalid fail (the default): where anything is wrong the batch is refused as a whole (exit code 65) and stays where it is. quarantine: files that can’t be read are moved to rejected/<batch>/, bad lines go to quarantine, items of unknown orders or products wait as orphans. rejected/<batch>/report.txt says what was wrong.',
		'Returns: batch, as_of, files, rejected_files, received, rejected, unknown_references, max_rejected (what to give to ingest). Exit code 66 where the batch is done, held or unknown.',
	].join('\n\n'),
	options: {
		batch,
		'on-invalid': {
			choices: ['fail', 'quarantine'] as const,
			default: 'fail' as const,
			describe: 'What becomes of a batch in which something is wrong',
		},
		holder: optionalHolder,
		lease,
	},
	run: (context, args) =>
		atDrop(context, (drop, place) =>
			drop.validate(context, place, {
				batch: args.batch,
				onInvalid: args['on-invalid'],
				holder: args.holder,
				leaseMs: parseDuration('--lease', args.lease),
				dryRun: args.dryRun,
			}),
		),
});

const archive = defineTask({
	command: 'filedrop archive',
	describe: 'Move the files of a batch that is in the lake to processed/<batch>/',
	about:
		'Copies each version to processed/<batch>/, then takes the file away unless another one has come under its name. Empties the batch’s landing zone. Can be repeated wherever it broke off. Returns: batch, location, files. Exit code 64 where the batch is not in the lake yet, 66 where it is done, held or unknown.',
	options: { batch, holder: optionalHolder, lease },
	run: (context, { batch, holder, lease, dryRun }) =>
		atDrop(context, (drop, place) =>
			drop.archive(context, place, { batch, holder, leaseMs: parseDuration('--lease', lease), dryRun }),
		),
});

const unlock = defineTask({
	command: 'filedrop unlock',
	describe: 'Give the lock of the drop back',
	about:
		'Removes LOCK_KEY where it is this holder’s, and leaves it alone where it is not. Returns: status (unlocked or unchanged).',
	options: { holder },
	run: (context, { holder, dryRun }) =>
		atDrop(context, (drop, place) => drop.unlock(context, place, { holder, dryRun })),
});

const notify = defineTask({
	command: 'filedrop notify',
	describe: 'Tell a person that a batch has failed, once, and hold it',
	about:
		'Sends one message to SHOPLAKE_ALERTS_TOPIC and adds one to the metric PipelineFailures; holds the batch until its files change or `filedrop retry`. A batch that is held already is not told of again. Returns: status (told or unchanged), batch, step, files.',
	options: {
		batch: { type: 'string', describe: 'The batch; none where the gate itself has failed' },
		step: { type: 'string', demandOption: true, describe: 'The step that has failed' },
		reason: { type: 'string', default: 'It did not say why; see its log.', describe: 'What it said' },
		look: { type: 'string', describe: 'Where its log is' },
	},
	run: (context, { batch, step, reason, look, dryRun }) =>
		atDrop(context, (drop, place) => drop.notify(context, place, { batch, step, reason, look, dryRun })),
});

const retry = defineTask({
	command: 'filedrop retry',
	describe: 'Let the gate try a batch again that has failed',
	about:
		'Forgets the failure of the batch named, or of all. The gate takes it on when it next looks. Returns: batches. Exit code 66 where none is held.',
	options: { batch: { type: 'string', describe: 'The batch; by default all that are held' } },
	run: (context, { batch, dryRun }) => atDrop(context, (drop, place) => drop.retry(place, { batch, dryRun })),
	show: ({ status, batches }) =>
		`${status === 'planned' ? 'Would be tried' : 'Tried'} again when the gate next looks: ${(batches as readonly string[]).join(', ')}`,
});

const status = defineTask({
	command: 'filedrop status',
	describe: 'What lies in the drop, who works on it, which batches are under way or held',
	about:
		'Reads the drop’s bucket. Returns: the files of each kind, minimum, minimum_missed_since, lock, batches; with --batch also done, and the report on what was wrong.',
	options: { batch: { type: 'string', describe: 'Only this batch, with its report' } },
	run: (context, { batch }) => atDrop(context, (drop, place) => drop.status(context, place, { batch })),
	show: ({ orders, order_items, products, lock, batches, report }) =>
		[
			`Files: ${orders} of orders, ${order_items} of items, ${products} of products`,
			`Lock: ${lock ? `run '${(lock as { holder: string }).holder}'` : 'free'}`,
			...((batches as []).length > 0 ? ['', batchesText(batches as Record<string, unknown>[])] : []),
			...(report ? ['', String(report)] : []),
		].join('\n'),
});

/** The batches as a table, and below it why some are held: that may take many lines. */
function batchesText(batches: readonly Readonly<Record<string, unknown>>[]): string {
	const reasons = batches.filter(({ reason }) => reason).map(({ batch, reason }) => `\n${batch} is held:\n${reason}`);
	return [tableText(batches, ['batch', 'as_of', 'files', 'state', 'failed_at']), ...reasons].join('\n');
}

const sample = defineTask({
	command: 'filedrop sample',
	describe: 'Drop the files of a generated day, to try it out',
	about:
		'Makes orders_1.csv …, order_items_1.csv … and products.csv of a generated day and drops them, or writes them into a folder. Returns: location, files.',
	options: {
		date: { type: 'string', demandOption: true, describe: 'The day, YYYY-MM-DD' },
		records: { type: 'number', whole: [1, 50_000_000], default: 200, describe: 'Orders' },
		seed: { type: 'string', default: '1', describe: 'Any text; another seed is another shop' },
		files: { type: 'number', whole: [1, 1000], default: 5, describe: 'Files of orders, and of items' },
		malformed: { type: 'boolean', default: false, describe: 'Leave a quote open in the last orders file' },
		out: { type: 'string', describe: 'A folder, in place of the drop' },
	},
	run: (context, { date, records, seed, files, malformed, out, dryRun }) => {
		checkDate('--date', date);
		return atDrop(context, (drop, place) =>
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
	describe: 'Files that are dropped: gate, lock, validate, archive, unlock, notify, retry, status, sample',
	builder: (yargs) =>
		yargs.command(commands).demandCommand(1, "Say what to do with the file drop; 'shoplake filedrop --help' lists it."),
	handler: () => undefined,
};
