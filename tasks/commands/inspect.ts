import { defineTask } from './define-task';
import { checkDataset, ingestFlags } from './ingest-flags';
import { inspectText } from './inspect-text';

export const inspect = defineTask({
	command: 'inspect',
	positional: '<files..>',
	describe: 'Say what files are, what they fit, and what would be loaded of them',
	about: [
		'Says what each file is (format, encoding, delimiter, records, columns with what they hold), which dataset or preset it fits or comes closest to, how its first records would land, and which would be rejected and why. Ends with the command to run next.',
		'Reads: the files, folders or s3://… alone; it needs no lake. Writes: nothing.',
		'Returns: files (file, format, rows, columns, match, landing), exports (what the presets that files fit make of them: rows, unused, datasets), next (command lines).',
	].join('\n\n'),
	options: {
		files: { type: 'string', array: true, demandOption: true, describe: 'Files, folders or s3://…' },
		dataset: { ...ingestFlags.dataset, describe: 'What the files are; by default their names and columns say it' },
		'as-of': { type: 'string', describe: 'The instant that they describe; now by default' },
		encoding: ingestFlags.encoding,
		delimiter: ingestFlags.delimiter,
		decimal: ingestFlags.decimal,
		sheet: ingestFlags.sheet,
	},
	run: async (context, args) => {
		const dataset = await checkDataset(context, args.dataset);
		const [{ inspectFiles }, { parseReading }] = await Promise.all([
			import('../pipeline/inspect'),
			import('../pipeline/bronze'),
		]);
		return inspectFiles(context, {
			files: args.files,
			reading: parseReading(args),
			...(args.decimal ? { decimal: args.decimal } : {}),
			...(dataset ? { dataset } : {}),
			...(args['as-of'] ? { asOf: args['as-of'] } : {}),
		});
	},
	show: inspectText,
});
