import { datasetNames } from '../contracts';
import { UsageError } from '../platform/errors';
import { defineTask } from './define-task';

export const ingest = defineTask({
	command: 'ingest',
	describe: 'Take source files into Bronze as a batch; what breaks its contract goes to quarantine',
	about:
		'Reads NDJSON, CSV or Parquet files, plain or gzip: a file or object that is named, or all in a folder and below it. Follows symbolic links, skips what is hidden (. or _ at the start of a name), and names the files that it passes over. Writes Bronze and quarantine as a new version of the batch. Returns received and rejected records by rule.',
	options: {
		batch: {
			type: 'string',
			alias: 'date',
			demandOption: true,
			describe: 'The batch’s id; a daily batch’s is its date',
		},
		source: { type: 'string', array: true, describe: 'File, folder or s3://…; by default the batch’s landing zone' },
		dataset: { choices: datasetNames, describe: 'What the files hold; by default their names, or folders, say it' },
		'as-of': { type: 'string', describe: 'The instant the batch speaks of; by default its date' },
		map: { type: 'string', describe: 'A JSON file, or s3://…, that maps the source’s columns to the contract’s' },
		'max-rejected': { type: 'string', default: '5%', describe: 'Refuse a dataset with a larger share of bad records' },
	},
	run: async (context, args) =>
		(await import('../pipeline/bronze')).ingestBatch(context, {
			batch: args.batch,
			maxRejected: parseShare(args['max-rejected']),
			dryRun: args.dryRun,
			...(args.source ? { sources: args.source } : {}),
			...(args.dataset ? { dataset: args.dataset } : {}),
			...(args['as-of'] ? { asOf: args['as-of'] } : {}),
			...(args.map ? { map: args.map } : {}),
		}),
});

/** A share, 0 to 1, of `5%` or `0.05`; throws UsageError. */
export function parseShare(text: string): number {
	const [, number = '', percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim()) ?? [];
	const share = Number(number) / (percent ? 100 : 1);
	if (number === '' || share > 1) {
		throw new UsageError(`--max-rejected '${text}' is no share: write 5% or 0.05.`);
	}
	return share;
}
