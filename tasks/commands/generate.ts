import { generatedDatasets } from '../generate/generated-datasets';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';

interface DatasetSummary {
	readonly records: number;
	readonly bytes: number;
	readonly files: number;
	readonly dirt: Readonly<Record<string, number>>;
}

export const generate = defineTask({
	command: 'generate',
	keepsCosts: true,
	describe: 'Generate a day of orders, order items, products and events',
	about: [
		'Generates one day (UTC) of a shop: orders of 1 to 5 items, a catalogue of 600 products, and the events around the orders. It is deterministic: the same date, seed and number of orders give the same bytes. All days of a seed belong to the same shop.',
		"Writes landing/<dataset>/batch=<date>/<dataset>-0000.ndjson in the lake, where 'shoplake ingest --batch <date>' reads it. With --out each day gets its own folder:",
		'  shoplake generate --date 2026-11-20 --out days\n  shoplake ingest --batch 2026-11-20 --source days/2026-11-20',
		'Files are split every 64 MB. Files that an earlier run wrote for the same date are replaced or deleted.',
		'--dirt adds dirty records to the clean ones: unparsable lines, missing fields, values of a wrong type, enum or range, dates in the future, exact duplicates, late orders and events of the 3 days before, status changes of earlier orders, and items of unknown orders and products.',
		'Returns: batch, location, orders, records, and for each dataset the records, bytes, files and dirty records by kind.',
	].join('\n\n'),
	options: {
		date: { type: 'string', demandOption: true, describe: 'The day, YYYY-MM-DD' },
		records: {
			type: 'number',
			integer: [1, 50_000_000],
			default: 1000,
			describe: 'Orders of the day; use the same number for all days of a shop',
		},
		seed: { type: 'string', default: '1', describe: 'Any text; a different seed is a different shop' },
		dirt: { type: 'number', default: 0, describe: 'Share of dirty records, 0 to 0.5' },
		ids: {
			choices: ['time', 'random'] as const,
			default: 'time' as const,
			describe: 'Order ids: ordered by time, or random UUIDs',
		},
		since: { type: 'string', describe: 'The first day of the shop: no late records of earlier dates' },
		dataset: {
			type: 'string',
			array: true,
			choices: generatedDatasets,
			describe: 'Only this dataset (may be repeated)',
		},
		out: { type: 'string', describe: 'A folder or s3://bucket/prefix to write to instead of the landing zone' },
		format: { choices: ['ndjson', 'csv'] as const, default: 'ndjson' as const, describe: 'File format' },
	},
	run: async (context, args) => (await import('../generate')).generate(context, { ...args, datasets: args.dataset }),
	show: ({ status, location, datasets }) =>
		status === 'planned'
			? `Would write to ${location}`
			: `${tableText(
					Object.entries(datasets as Record<string, DatasetSummary>).map(
						([dataset, { records, bytes, files, dirt }]) => ({
							dataset,
							records,
							megabytes: (bytes / 1e6).toFixed(1),
							files,
							dirt: Object.entries(dirt)
								.map(([kind, count]) => `${count} ${kind}`)
								.join(', '),
						}),
					),
				)}\nWritten to ${location}`,
});
