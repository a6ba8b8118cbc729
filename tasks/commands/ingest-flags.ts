import { datasetNames } from '../contracts';

/** The flags of every command that ingests files. */
export const ingestFlags = {
	dataset: {
		choices: datasetNames,
		describe: 'The dataset of the files; by default taken from their names or folders',
	},
	'as-of': { type: 'string', describe: 'The instant that the batch describes; by default its date' },
	from: {
		type: 'string',
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
		requiresArg: true,
		describe: 'A parameter of the preset or folder, as name=value',
	},
	'max-rejected': {
		type: 'string',
		default: '5%',
		describe: 'Refuse the batch if a larger share of a dataset is invalid',
	},
} as const;
