import { defineTask } from './define-task';

export const query = defineTask({
	command: 'query',
	positional: '<file>',
	describe: 'Run an SQL statement on the lake',
	about: [
		'Prints the rows of the one statement in FILE (- is standard input), and nothing else.',
		'Tables: silver_*, gold_*, bronze_*, gadget_sales and live_orders (live orders as delivered up to now), by their name or as "ecommerce_analytics_db"."gold_daily_sales"; with DuckDB also lake_batches, lake_orphans and lake_quarantine, which account for every record, and lake_refused, the rejected records of batches that were refused whole.',
		'A :name in the statement is a parameter; the file may declare it in a comment line, such as  -- :top int = 20',
		'DuckDB reads the newest head (or --at N; of live orders always what is there); Athena what crawl last published.',
		'',
		'Rows are printed as they come. A table takes its widths from the first 10,000 rows.',
		'The statement only reads: select, with, from, values, table, pivot, unpivot, summarize, describe, show, and explain of these. DuckDB can open no file but those of the tables that it names.',
		'--unsafe lets it do what the engine can with your rights: other files, settings, extensions, tables dropped on Athena. It is for your own shell: never run SQL of somebody else with it.',
		'',
		'Reads: the tables that the statement names. Writes: nothing (without --unsafe).',
	].join('\n'),
	payloadOnly: true,
	options: {
		file: {
			type: 'string',
			mayBeEmpty: true,
			demandOption: true,
			describe: 'A file with one SQL statement, or - for standard input',
		},
		param: {
			type: 'string',
			array: true,
			requiresArg: true,
			default: [] as string[],
			describe: 'A parameter, as name=value',
		},
		engine: { choices: ['duckdb', 'athena'] as const, default: 'duckdb' as const, describe: 'What runs it' },
		format: { choices: ['table', 'json', 'csv'] as const, describe: 'How rows are printed; table by default' },
		at: {
			type: 'number',
			whole: [1, 9_999_999_999],
			requiresArg: true,
			describe: 'Read the lake as head N left it (DuckDB)',
		},
		unsafe: { type: 'boolean', default: false, describe: 'Let the statement do more than read the lake' },
	},
	run: async (context, args) => {
		const { engine, param, at, json, unsafe } = args;
		// yargs hands a lone - on as an empty text.
		const file = args.file || '-';
		const format = args.format ?? (json ? 'json' : 'table');
		const { printQuery } = await import('../query');
		await printQuery(context, { file, param, engine, at, format, unsafe }, process.stdout);
		return { status: 'done' };
	},
});
