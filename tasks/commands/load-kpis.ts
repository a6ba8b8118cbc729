import { defineTask } from './define-task';
import { scopeOf, scopeOptions } from './scope-flags';

export const loadKpis = defineTask({
	command: 'load-kpis',
	describe: 'Load the KPIs of Gold into DynamoDB',
	about: [
		"Makes the items of CategoryKPIs and OrderKPIs equal Gold's category_kpis and order_kpis on every stale date: all stale dates, or those that hold records of a batch, or those between two event dates (both included). Items that Gold no longer has are deleted. Dates that are current cost nothing; --full loads them too, after the tables were lost.",
		'',
		'Reads: the newest head, Gold. Writes: DynamoDB items, and what is loaded into the lake.',
		'Returns: dates, put, deleted (items).',
	].join('\n'),
	options: {
		...scopeOptions,
		full: { type: 'boolean', default: false, describe: 'Load also the dates that are known to be current' },
	},
	run: async (context, { dryRun, full, ...flags }) => {
		const scope = scopeOf(flags);
		const { loadKpis } = await import('../serving');
		return loadKpis(context, scope, { dryRun, full });
	},
});
