import { UsageError } from '../shared/errors';
import { defineTask } from './define-task';

export const query = defineTask({
	command: 'query',
	positional: '<file>',
	describe: 'Run an SQL statement on the lake',
	about: [
		'Prints the rows of the one statement in FILE (- is standard input), and nothing else.',
		'Tables: silver_*, gold_*, bronze_*, gadget_sales and live_orders (live orders as delivered up to now), by their name or as "ecommerce_analytics_db"."gold_daily_sales"; with DuckDB also lake_batches, lake_orphans and lake_quarantine, which account for every record.',
		'A :name in the statement is a parameter; the file may declare it in a comment line, such as  -- :top int = 20',
		'DuckDB reads the newest head (or --at N; of live orders always what is there); Athena what crawl last published.',
		'',
		'Reads: the tables that the statement names. Writes: nothing.',
	].join('\n'),
	payloadOnly: true,
	options: {
		file: {
			type: 'string',
			mayBeEmpty: true,
			demandOption: true,
			describe: 'A file with one SQL statement, or - for standard input',
		},
		param: { type: 'string', array: true, default: [] as string[], describe: 'A parameter, as name=value' },
		engine: { choices: ['duckdb', 'athena'] as const, default: 'duckdb' as const, describe: 'What runs it' },
		format: { choices: ['table', 'json', 'csv'] as const, describe: 'How rows are printed; table by default' },
		at: { type: 'number', describe: 'Read the lake as head N left it (DuckDB)' },
	},
	run: async (context, args) => {
		const { engine, param, at, json } = args;
		// yargs hands a lone - on as an empty text.
		const file = args.file || '-';
		const format = args.format ?? (json ? 'json' : 'table');
		if (at !== undefined && !Number.isInteger(at)) throw new UsageError(`--at takes the number of a head.`);
		const { query } = await import('../query');
		process.stdout.write(await query(context, { file, param, engine, at, format }));
		return { status: 'done' };
	},
});
