import type { InferredOptionTypes } from 'yargs';
import type { TaskContext } from '../context';
import { datasetNames } from '../contracts';
import type { IngestOptions } from '../pipeline/bronze';
import { UsageError } from '../platform/errors';

/** The flags of every command that ingests files. */
export const ingestFlags = {
	dataset: {
		type: 'string',
		describe: `The dataset of the files (${datasetNames.join(', ')}, or one of the project); by default taken from their names or folders`,
	},
	'as-of': { type: 'string', describe: 'The instant that the batch describes; by default its date' },
	// `from` alone would be set by SHOPLAKE_FROM, which other commands take for a date.
	preset: {
		type: 'string',
		alias: 'from',
		describe: 'The preset that turns a shop’s export into records; `shoplake sources` lists them',
	},
	map: {
		type: 'string',
		describe:
			'A folder of SQL of your own (or s3://…/), as a preset is; or a JSON file (or s3://…) that renames columns',
	},
	param: {
		type: 'string',
		array: true,
		describe: 'A parameter of the preset or folder, as name=value',
	},
	encoding: {
		type: 'string',
		describe: 'The encoding of the files, such as windows-1252; by default UTF-8, or UTF-16 where a file is',
	},
	delimiter: {
		type: 'string',
		describe: 'What divides the values of CSV: , ; | or tab; by default the header says it',
	},
	decimal: {
		choices: [',', '.'] as const,
		describe: 'What is before decimal places in numbers; the other sign may be between thousands',
	},
	sheet: { type: 'string', describe: 'The sheet of xlsx files; by default the first with the columns' },
	'max-rejected': {
		type: 'string',
		describe: "Refuse the batch if a larger share of a dataset is invalid; by default the project's setting, else 5%",
	},
} as const;

type IngestFlags = InferredOptionTypes<typeof ingestFlags> & { readonly source: readonly string[] | undefined };

/** What these flags and `--source` say, as ingestion takes it. */
export async function readIngestFlags(
	context: TaskContext,
	flags: IngestFlags,
): Promise<Omit<IngestOptions, 'batch' | 'dryRun'>> {
	const { parseReading } = await import('../pipeline/bronze');
	const dataset = await checkDataset(context, flags.dataset);
	const { source, 'as-of': asOf, map, preset, param, decimal } = flags;
	return {
		...{ sources: source, dataset, asOf, map, from: preset, params: param, decimal },
		reading: parseReading(flags),
		maxRejected: await maxRejected(context, flags['max-rejected']),
	};
}

/** The name of a dataset as a flag gives it. Throws UsageError where there is no such dataset. */
export async function checkDataset(context: TaskContext, flag: string | undefined): Promise<string | undefined> {
	const { names } = (await context.project()).contracts;
	if (flag === undefined || names.includes(flag)) return flag;
	throw new UsageError(`--dataset ${flag}: there is no such dataset. There are ${names.join(', ')}.`);
}

/** The dataset of a batch, as a flag. */
export const datasetOfBatch = { type: 'string', describe: 'Only this dataset of the batch' } as const;

/** The largest share of invalid records: the flag, else the project's setting, else 5 %. */
export async function maxRejected(context: TaskContext, flag: string | undefined): Promise<number> {
	return parseShare(flag ?? (await context.project()).config.maxRejected ?? '5%');
}

/** A share, 0 to 1, of `5%` or `0.05`; throws UsageError. */
function parseShare(text: string): number {
	const [, number = '', percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim()) ?? [];
	const share = Number(number) / (percent ? 100 : 1);
	if (number === '' || share > 1) {
		throw new UsageError(`--max-rejected '${text}' is not a share: write 5% or 0.05.`);
	}
	return share;
}
