import type { StepReport } from '../pipeline';
import { UsageError } from '../platform/errors';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { ingestFlags, readIngestFlags } from './ingest-flags';
import { checkDate } from './interval';

export const run = defineTask({
	command: 'run',
	describe: 'Run the whole pipeline for one batch in one process, without Airflow',
	about:
		'Runs ingest, clean, aggregate, crawl and load-kpis. With --date it generates that day first; with --batch and --source it takes your own files. Returns: datasets (what became of the records of the batch), steps (time, requests and cost of each).',
	options: {
		date: { type: 'string', describe: 'Generate this day and load it' },
		records: { type: 'number', integer: [1, 50_000_000], default: 1000, describe: 'Orders to generate' },
		seed: { type: 'string', default: '1', describe: 'Seed of the generated data' },
		dirt: { type: 'number', default: 0.02, describe: 'Share of dirty records to generate' },
		batch: { type: 'string', describe: 'The id of your own batch' },
		source: { type: 'string', array: true, describe: 'Its files, folders or s3://…' },
		...ingestFlags,
	},
	run: async (context, args) => {
		const { date, batch } = args;
		if ((date === undefined) === (batch === undefined)) {
			throw new UsageError('Choose what to run: either --date D (generated), or --batch ID with --source PATH.');
		}
		if (date !== undefined) checkDate('--date', date);
		const { planRun, runBatch } = await import('../pipeline');
		return (args.dryRun ? planRun : runBatch)(context, {
			batch: date ?? (batch as string),
			...(date ? { generated: { records: args.records, seed: args.seed, dirt: args.dirt } } : {}),
			...(await readIngestFlags(context, args)),
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
