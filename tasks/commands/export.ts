import { datasetNames } from '../contracts';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';

interface ExportedFile {
	readonly path: string;
	readonly source: string | null;
	readonly records: number;
}

export const exportBatch = defineTask({
	command: 'export',
	describe: 'Write the records of a batch to files, as they were received',
	about: [
		'Writes every record of a batch with the text it came with, those in quarantine too: NDJSON stays NDJSON, CSV stays CSV with its header, rows of Parquet become NDJSON. Each source becomes one uncompressed file, <dataset>-0000.ndjson or .csv, in which a record stands on the line it came from. All objects of a sealed stream become one file; so do all records of an SQL source (--from, or --map FOLDER), as NDJSON as its statements gave them.',
		'Reads: Bronze and quarantine. Writes: the folder --out. Returns: location, received, files (path, source, records). Exit code 66 if there is no such batch, 65 if its objects are lost or damaged.',
	].join('\n\n'),
	options: {
		batch: { type: 'string', alias: 'date', demandOption: true, describe: 'The id of the batch' },
		out: { type: 'string', demandOption: true, describe: 'The folder to write to' },
		dataset: { choices: datasetNames, describe: 'Only this dataset of the batch' },
	},
	run: async (context, { batch, out, dataset, dryRun }) =>
		(await import('../pipeline/bronze')).exportBatch(context, { batch, out, dryRun, ...(dataset ? { dataset } : {}) }),
	show: ({ status, received, location, files }) =>
		status === 'planned'
			? `Would write ${received} records to ${location}`
			: tableText((files as ExportedFile[]).map((file) => ({ ...file }))),
});
