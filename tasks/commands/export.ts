import { UsageError } from '../platform/errors';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { checkDataset, datasetOfBatch } from './ingest-flags';

interface ExportedFile {
	readonly path: string;
	readonly source: string | null;
	readonly records: number;
}

type ExportedTable = Readonly<Record<'table' | 'rows', unknown>>;

export const exportBatch = defineTask({
	command: 'export',
	positional: '[file]',
	describe: 'Write all tables into one DuckDB file, or a batch as it was received',
	about: [
		'With FILE: writes every Silver and Gold table of the newest head, or of head --at N, into a new DuckDB file, for a notebook or a BI tool. It refuses to replace a file without --force. Reads: the tables. Writes: FILE. Returns: head, location, bytes, tables (table, rows). Exit code 66 if the lake is empty.',
		'With --batch and --out:',
		'Writes every record of a batch with the text it came with, those in quarantine too: NDJSON stays NDJSON, CSV stays CSV with its header, rows of Parquet become NDJSON. Each source becomes one uncompressed file, <dataset>-0000.ndjson or .csv, in which a record stands on the line it came from. All objects of a sealed stream become one file; so do all records of an SQL source (--from, or --map FOLDER), as NDJSON as its statements gave them.',
		'Reads: Bronze and quarantine. Writes: the folder --out. Returns: location, received, files (path, source, records). Exit code 66 if there is no such batch, 65 if its objects are lost or damaged.',
	].join('\n\n'),
	options: {
		file: { type: 'string', describe: 'The DuckDB file to write' },
		at: {
			type: 'number',
			integer: [1, 9_999_999_999],
			describe: 'With FILE: export head N instead of the newest head',
		},
		force: { type: 'boolean', default: false, describe: 'With FILE: replace a file that exists' },
		batch: { type: 'string', alias: 'date', describe: 'The id of the batch' },
		out: { type: 'string', describe: 'The folder to write to' },
		dataset: datasetOfBatch,
	},
	run: async (context, { file, at, force, batch, out, dataset: given, dryRun }) => {
		const dataset = await checkDataset(context, given);
		if (file !== undefined) {
			if (batch !== undefined || out !== undefined || dataset !== undefined) {
				throw new UsageError(`export ${file} writes all tables: leave out --batch, --out and --dataset.`);
			}
			return (await import('../query/export-tables')).exportTables(context, { file, at, force, dryRun });
		}
		if (batch === undefined || out === undefined) {
			throw new UsageError('Name the DuckDB file to write (export lake.duckdb), or give --batch and --out.');
		}
		if (at !== undefined || force) throw new UsageError('--at and --force need the DuckDB file to write.');
		const { exportBatch } = await import('../pipeline/bronze');
		return exportBatch(context, { batch, out, dryRun, ...(dataset ? { dataset } : {}) });
	},
	show: ({ status, received, head, location, files, tables }) => {
		if (tables) {
			const words = status === 'planned' ? 'Would write' : 'Wrote';
			return `${words} head ${head} to ${location}\n\n${tableText(tables as unknown as ExportedTable[])}`;
		}
		return status === 'planned'
			? `Would write ${received} records to ${location}`
			: tableText((files as ExportedFile[]).map((file) => ({ ...file })));
	},
});
