import { UsageError } from '../platform/errors';
import { defineTask } from './define-task';
import { checkDate } from './interval';

export const report = defineTask({
	command: 'report',
	keepsCosts: true,
	describe: 'Write a page about the shop for its owner: what sold, what is unusual, what runs out',
	about: [
		'Writes one HTML page that loads nothing: headline figures with their change to the range before, revenue by day and category, top products and customers, what runs out first, the funnel, returning customers, and the quality of the data.',
		'By default it covers the 28 days up to the newest order date, with --to alone the 28 days up to it. Dates before the first order and after the newest one are left out.',
		'Reads: Gold, and the records of the lake about its batches. Writes: the page shop-report-FROM-to-TO.html. Returns: location, bytes, from, to, head.',
	].join('\n\n'),
	options: {
		from: { type: 'string', describe: 'First date (YYYY-MM-DD)' },
		to: { type: 'string', describe: 'Last date (included)' },
		out: { type: 'string', describe: "A folder or s3://bucket/prefix; by default reports/ in the lake's bucket" },
		locale: { type: 'string', default: 'en-US', describe: 'How the page writes numbers and dates' },
		currency: { type: 'string', describe: "The currency of all amounts; by default the project's, else USD" },
	},
	run: async (context, { from, to, out, locale, currency, dryRun }) => {
		if (from !== undefined) checkDate('--from', from);
		if (to !== undefined) checkDate('--to', to);
		if (from !== undefined && to !== undefined && from > to)
			throw new UsageError(`--from ${from} is after --to ${to}.`);
		return (await import('../report')).report(context, { from, to, out, locale, currency, dryRun });
	},
	show: ({ status, location, from, to }) =>
		`${status === 'planned' ? 'Would write a report of' : 'Report of'} ${from} to ${to}: ${location}`,
});
