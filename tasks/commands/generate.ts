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
	describe: 'Make a day of orders, their lines, a product catalogue and events',
	about: [
		"Makes the shop's records of one day (UTC): orders of 1 to 5 lines, the catalogue of 600 products, the events around the orders. The same date, seed and number of orders give the same bytes, and every day is one of the same shop.",
		"Writes landing/<dataset>/batch=<date>/<dataset>-0000.ndjson in the lake, where 'shoplake ingest --batch <date>' finds them. With --out the day has a folder of its own there, so that two days cannot be taken for one:",
		'  shoplake generate --date 2026-11-20 --out days\n  shoplake ingest --batch 2026-11-20 --source days/2026-11-20',
		'Longer files are split every 64 MB. What an earlier run for that date left in place is replaced or removed.',
		'--dirt plants, beside the clean records: lines that are not records, missing fields, wrong types, words and ranges, dates in the future, exact copies, orders and events of the 3 days before that come late, new statuses of their orders, and lines of unknown orders and products.',
		'Returns: batch, location, orders, records, and for each dataset its records, bytes, files and how much dirt of each kind.',
	].join('\n\n'),
	options: {
		date: { type: 'string', demandOption: true, describe: 'The day, YYYY-MM-DD' },
		records: {
			type: 'number',
			whole: [1, 50_000_000],
			default: 1000,
			describe: 'Orders of the day; keep it for all days of a shop',
		},
		seed: { type: 'string', default: '1', describe: 'Any text; another seed is another shop' },
		dirt: { type: 'number', default: 0, describe: 'Share of dirty records, 0 to 0.5' },
		ids: {
			choices: ['time', 'random'] as const,
			default: 'time' as const,
			describe: 'Order ids that grow with time, or UUIDs',
		},
		since: { type: 'string', describe: 'The first day of the shop: nothing of an earlier date arrives late' },
		dataset: {
			type: 'string',
			array: true,
			choices: generatedDatasets,
			describe: 'Only this dataset (may be repeated)',
		},
		out: { type: 'string', describe: 'A folder, or s3://bucket/prefix, in place of the landing zone' },
		format: { choices: ['ndjson', 'csv'] as const, default: 'ndjson' as const, describe: 'What the files are' },
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
