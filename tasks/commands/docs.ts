import { UsageError } from '../platform/errors';
import { defineTask } from './define-task';

export const docs = defineTask({
	command: 'docs',
	describe: 'Write the data catalogue as web pages: tables, columns, rules, statements, lineage',
	about: [
		'Writes a folder of HTML pages that need no server and load nothing: every table from what sources send to DynamoDB, with its columns, their rules, and the statements that make it. Lineage is a picture of tables, and of columns for each column. It is derived from the statements as DuckDB parses them. A project’s own tables are among them.',
		'With a lake the pages also show rows, newest partitions, the last change of each table, and what became of the records of each batch, all at one head. Without one (--no-lake) they are from the contracts alone.',
		'Reads: the contracts and statements, and the newest head, or head --at N. Writes: the folder --out. Returns: location (the first page), pages, tables, bytes, head.',
	].join('\n\n'),
	options: {
		out: { type: 'string', default: 'data-catalogue', describe: 'The folder of the pages' },
		lake: { type: 'boolean', default: true, describe: 'Show the state of the lake; --no-lake reads none' },
		at: {
			type: 'number',
			integer: [1, 9_999_999_999],
			describe: 'Show head N instead of the newest head',
		},
	},
	run: async (context, { out, lake, at, dryRun }) => {
		if (!lake && at !== undefined) throw new UsageError('--at names a head of a lake: leave out --no-lake.');
		return (await import('../catalog-site')).writeCatalogSite(context, { out, withLake: lake, at, dryRun });
	},
	show: ({ status, location, pages }) =>
		`${status === 'planned' ? 'Would write' : 'Wrote'} ${pages} pages. Open ${location} in a browser.`,
});
