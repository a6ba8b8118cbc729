import { datasetNames } from '../contracts';

/** The flags of every command that ingests files. */
export const ingestFlags = {
	dataset: {
		choices: datasetNames,
		describe: 'The dataset of the files; by default taken from their names or folders',
	},
	'as-of': { type: 'string', describe: 'The instant that the batch describes; by default its date' },
	map: { type: 'string', describe: 'A JSON file or s3://… that maps source columns to contract columns' },
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
		default: '5%',
		describe: 'Refuse the batch if a larger share of a dataset is invalid',
	},
} as const;
