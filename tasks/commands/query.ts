import { UsageError } from '../platform/errors';
import { defineTask } from './define-task';

export const query = defineTask({
	command: 'query',
	positional: '[file]',
	describe: 'Run an SQL query on the lake',
	about: [
		'Runs one statement and prints its rows, and nothing else. FILE is a file with the statement, the name of an analysis (--list shows them), the statement itself in quotation marks, or - for standard input. Without FILE, a terminal gets a shell.',
		'Tables: silver_*, gold_*, bronze_*, gadget_sales and live_orders (live orders delivered up to now), by their name or as "ecommerce_analytics_db"."gold_daily_sales". With DuckDB also lake_batches, lake_arrivals, lake_rejections, lake_orphans and lake_quarantine, which account for every record, lake_refused, the rejected records of refused batches, and lake_unused, the rows of SQL sources that no record comes from.',
		'A :name in the statement is a parameter. The file may declare it in a comment line, such as  -- :top int = 20',
		'DuckDB reads the newest head, or head --at N (live orders are always the current ones). Athena reads what crawl last published.',
		'',
		'Rows are printed as they arrive. The column widths of a table come from its first 10,000 rows.',
		'A statement may only read: select, with, from, values, table, pivot, unpivot, summarize, describe, show, and explain of these. DuckDB can only open the files of the tables that the statement names.',
		'--unsafe lifts this: the statement can do anything that the engine can do with your permissions, such as read other files, change settings, load extensions, or drop tables on Athena. Never run untrusted SQL with it.',
		'',
		'Reads: the tables that the statement names. Writes: nothing (without --unsafe).',
	].join('\n'),
	payloadOnly: true,
	options: {
		file: {
			type: 'string',
			mayBeEmpty: true,
			describe: 'A file with one SQL statement, the name of an analysis, a statement, or - for standard input',
		},
		list: { type: 'boolean', default: false, describe: 'List the analyses, with their questions and parameters' },
		param: {
			type: 'string',
			array: true,
			default: [] as string[],
			describe: 'A parameter, as name=value',
		},
		engine: { choices: ['duckdb', 'athena'] as const, default: 'duckdb' as const, describe: 'The query engine' },
		format: { choices: ['table', 'json', 'csv'] as const, describe: 'Output format; table by default' },
		at: {
			type: 'number',
			integer: [1, 9_999_999_999],
			describe: 'Read head N instead of the newest head (DuckDB only)',
		},
		unsafe: { type: 'boolean', default: false, describe: 'Allow the statement to do more than read the lake' },
	},
	run: async (context, args) => {
		const { engine, param, at, json, unsafe, list } = args;
		const format = args.format ?? (json ? 'json' : 'table');
		const { analysesText, listAnalyses, printQuery, runQueryShell } = await import('../query');
		if (list) {
			const listed = listAnalyses();
			process.stdout.write(`${format === 'json' ? JSON.stringify(listed, null, 2) : analysesText(listed)}\n`);
			return { status: 'done' };
		}
		if (args.file === undefined) {
			const { stdin, stdout } = process;
			if (!stdin.isTTY || !stdout.isTTY) throw new UsageError(fileMissing);
			if (param.length > 0) throw new UsageError('--param needs a statement: name it too.');
			await runQueryShell(context, { engine, at, format, unsafe }, { input: stdin, output: stdout });
			return { status: 'done' };
		}
		// yargs passes a lone - as an empty string.
		const file = args.file || '-';
		await printQuery(context, { file, param, engine, at, format, unsafe }, process.stdout);
		return { status: 'done' };
	},
});

const fileMissing =
	"Name a file with one SQL statement, an analysis ('shoplake query --list' lists them) or a statement in quotation marks, or give - for standard input.";
