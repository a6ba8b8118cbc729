import { datasetNames } from '../contracts';

/** The flags of every command that ingests files. */
export const ingestFlags = {
	dataset: {
		choices: datasetNames,
		describe: 'The dataset of the files; by default taken from their names or folders',
	},
	'as-of': { type: 'string', describe: 'The instant that the batch describes; by default its date' },
	map: { type: 'string', describe: 'A JSON file or s3://… that maps source columns to contract columns' },
	'max-rejected': {
		type: 'string',
		default: '5%',
		describe: 'Refuse the batch if a larger share of a dataset is invalid',
	},
} as const;
