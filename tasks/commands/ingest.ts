import { defineTask } from './define-task';
import { ingestFlags, readIngestFlags } from './ingest-flags';

export const ingest = defineTask({
	command: 'ingest',
	keepsCosts: true,
	describe: 'Load source files into Bronze as a batch; invalid records go to quarantine',
	about: [
		'Validates every record against the contract of its dataset. Valid records go to Bronze, invalid ones to quarantine with the rule that they break. Ingesting a batch again makes a new version of it.',
		'A source is a file, an object, or a folder or prefix with everything below it. Symbolic links are followed. Hidden files (names that start with . or _) are skipped, and files of other types are skipped and listed.',
		'With --from PRESET, or --map FOLDER, SQL statements turn the rows of a shop’s export into records. Rows that no record comes from are counted (source: name, rows, used, unused) and kept: lake_unused of `query` shows them.',
		'Reads: NDJSON, JSON, CSV, Parquet or xlsx files, plain or gzip. Writes: Bronze and quarantine. Silver follows with `clean --batch`.',
		'Returns: received and rejected records, by dataset and rule. Exit code 65 if more than --max-rejected of a dataset is invalid: then nothing is loaded. --dry-run validates every record, loads nothing, and says what would be rejected and whether the batch would be refused.',
	].join('\n\n'),
	options: {
		batch: {
			type: 'string',
			alias: 'date',
			demandOption: true,
			describe: 'The id of the batch; for a daily batch its date',
		},
		source: {
			type: 'string',
			array: true,
			describe: 'File, folder or s3://…; by default the landing zone of the batch',
		},
		...ingestFlags,
	},
	run: async (context, args) => {
		const { ingestBatch } = await import('../pipeline/bronze');
		const { batch, dryRun } = args;
		return ingestBatch(context, { batch, dryRun, ...(await readIngestFlags(context, args)) });
	},
});
