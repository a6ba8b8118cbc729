import { defineTask } from './define-task';
import { scopeOf, scopeOptions } from './scope-flags';

export const loadKpis = defineTask({
	command: 'load-kpis',
	describe: 'Load the KPIs of Gold into DynamoDB',
	about: [
		"Makes the items of CategoryKPIs and OrderKPIs equal Gold's category_kpis and order_kpis on every stale date: all stale dates, or those that hold records of a batch, or those between two event dates (both included). Items that Gold no longer has are deleted. Dates that are current cost nothing; --full loads them too, after the tables were lost.",
		'',
		'--forecast also puts the forecast of the next 7 days (gold_inventory_health.forecasted_demand) into the items of Products that are there, as their forecasted_demand; nothing else of them is touched. `products seed` begins with 0.',
		'',
		'Reads: the newest head, Gold. Writes: DynamoDB items, and what is loaded into the lake.',
		'Returns: dates, put, deleted (items); with --forecast also forecast: forecasts (products that Gold knows), updated, untouched (items of other products). Exit code 66 where Gold has no forecast.',
	].join('\n'),
	options: {
		...scopeOptions,
		full: { type: 'boolean', default: false, describe: 'Load also the dates that are known to be current' },
		forecast: { type: 'boolean', default: false, describe: 'Put Gold’s forecast into the items of Products, too' },
	},
	run: async (context, { dryRun, full, forecast, ...flags }) => {
		const scope = scopeOf(flags);
		const { loadForecasts, loadKpis } = await import('../serving');
		const kpis = await loadKpis(context, scope, { dryRun, full });
		if (!forecast) return kpis;
		const loaded = await loadForecasts(context, { dryRun });
		const status = kpis.status === 'unchanged' && loaded.updated > 0 ? 'published' : kpis.status;
		return { ...kpis, status, forecast: loaded };
	},
});
