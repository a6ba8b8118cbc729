import type { TaskContext } from '../context';
import type { StepReport } from '../pipeline';
import type { LandedBatch } from '../pipeline/bronze';
import { UsageError } from '../platform/errors';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { ingestFlags, readIngestFlags } from './ingest-flags';
import { checkDate } from './interval';

export const run = defineTask({
	command: 'run',
	keepsCosts: true,
	describe: 'Run the whole pipeline for one batch in one process, without Airflow',
	about:
		'Runs ingest, clean, aggregate, crawl and load-kpis. With --date it generates that day first; with --batch and --source it takes your own files. Without Airflow, a schedule passes --scheduled-at and an upload passes --ready: both take the files of their batch from the landing zone. Returns: datasets (what became of the records of the batch), steps (time, requests and cost of each).',
	options: {
		date: { type: 'string', describe: 'Generate this day and load it' },
		records: { type: 'number', integer: [1, 50_000_000], default: 1000, describe: 'Orders to generate' },
		seed: { type: 'string', default: '1', describe: 'Seed of the generated data' },
		dirt: { type: 'number', default: 0.02, describe: 'Share of dirty records to generate' },
		batch: { type: 'string', describe: 'The id of your own batch' },
		source: { type: 'string', array: true, describe: 'Its files, folders or s3://…' },
		'scheduled-at': {
			type: 'string',
			describe: 'When a daily schedule was due (2026-11-21T03:00:00Z): takes the batch of the day before',
		},
		ready: {
			type: 'string',
			describe: 'The key of an object that announces a batch (landing/orders/batch=ID/_READY): takes that batch',
		},
		...ingestFlags,
	},
	run: async (context, args) => {
		const { date } = args;
		const landed = await chooseBatch(context, args);
		const { planRun, runBatch } = await import('../pipeline');
		return (args.dryRun ? planRun : runBatch)(context, {
			...(date ? { generated: { records: args.records, seed: args.seed, dirt: args.dirt } } : {}),
			...(await readIngestFlags(context, args)),
			...landed,
		});
	},
	show: ({ status, datasets, steps }) =>
		status === 'planned'
			? undefined
			: [
					...(datasets ? [tableText(datasets as Record<string, unknown>[], accountColumns), ''] : []),
					tableText(steps as unknown as (StepReport & Record<string, unknown>)[]),
				].join('\n'),
});

/** The batch that the one of these flags names. Throws UsageError for none or several. */
async function chooseBatch(
	context: TaskContext,
	flags: {
		readonly date: string | undefined;
		readonly batch: string | undefined;
		readonly 'scheduled-at': string | undefined;
		readonly ready: string | undefined;
		readonly source: readonly string[] | undefined;
	},
): Promise<LandedBatch> {
	const { date, batch, 'scheduled-at': scheduledAt, ready, source } = flags;
	const given = [date, batch, scheduledAt, ready].filter((flag) => flag !== undefined);
	if (given.length !== 1) {
		throw new UsageError(
			'Choose what to run: either --date D (generated), or --batch ID with --source PATH, or --scheduled-at TIME, or --ready KEY.',
		);
	}
	if (date !== undefined) checkDate('--date', date);
	const named = date ?? batch;
	if (named !== undefined) return { batch: named };
	if (source?.length) {
		throw new UsageError('--source goes with --batch: --scheduled-at and --ready take files from the landing zone.');
	}
	const { parseAnnouncement, scheduledBatch } = await import('../pipeline/bronze');
	const { contracts, timeZone } = await context.lake();
	return ready === undefined
		? scheduledBatch(scheduledAt as string, timeZone)
		: parseAnnouncement(ready, contracts.names);
}

/** The columns of the table that accounts for every record. */
export const accountColumns = [
	'batch',
	'dataset',
	'received',
	'kept',
	'duplicates',
	'superseded',
	'rejected',
	'orphans',
];
