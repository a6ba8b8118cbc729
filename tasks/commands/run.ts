import { datasetNames } from '../contracts';
import type { StepReport } from '../pipeline';
import { UsageError } from '../platform/errors';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { parseShare } from './ingest';
import { checkDate } from './interval';

export const run = defineTask({
	command: 'run',
	describe: 'The whole pipeline for one batch in one process: ingest to DynamoDB, without Airflow',
	about:
		'With --date: generates that day first. With --batch and --source: your own files. Then ingest, clean, aggregate, crawl, load-kpis. Returns what became of the batch’s records, and each step’s time, requests and cost.',
	options: {
		date: { type: 'string', describe: 'Generate this day and run it' },
		records: { type: 'number', whole: [1, 50_000_000], default: 1000, describe: 'Orders to generate' },
		seed: { type: 'string', default: '1', describe: 'Seed of the generated data' },
		dirt: { type: 'number', default: 0.02, describe: 'Share of bad records to generate' },
		batch: { type: 'string', describe: 'The id of a batch of your own' },
		source: { type: 'string', array: true, describe: 'Its files, folders or s3://…' },
		dataset: { choices: datasetNames, describe: 'What the files hold; by default their names say it' },
		'as-of': { type: 'string', describe: 'The instant the batch speaks of; by default its date' },
		map: { type: 'string', describe: 'A JSON file, or s3://…, that maps the source’s columns to the contract’s' },
		'max-rejected': { type: 'string', default: '5%', describe: 'Refuse a dataset with a larger share of bad records' },
	},
	run: async (context, args) => {
		const { date, batch } = args;
		if ((date === undefined) === (batch === undefined)) {
			throw new UsageError('Say what to run: either --date D (generated), or --batch ID with --source PATH.');
		}
		if (date !== undefined) checkDate('--date', date);
		const { planRun, runBatch } = await import('../pipeline');
		return (args.dryRun ? planRun : runBatch)(context, {
			batch: date ?? (batch as string),
			maxRejected: parseShare(args['max-rejected']),
			...(date ? { generated: { records: args.records, seed: args.seed, dirt: args.dirt } } : {}),
			...(args.source ? { sources: args.source } : {}),
			...(args.dataset ? { dataset: args.dataset } : {}),
			...(args['as-of'] ? { asOf: args['as-of'] } : {}),
			...(args.map ? { map: args.map } : {}),
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
