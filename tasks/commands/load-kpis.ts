import { mapOutcome } from '../platform/map-outcome';
import { defineTask } from './define-task';
import { parseScope, scopeOptions } from './scope-flags';

export const loadKpis = defineTask({
	command: 'load-kpis',
	describe: 'Load the KPIs of Gold into DynamoDB',
	about: [
		"Makes the items of CategoryKPIs and OrderKPIs equal Gold's category_kpis and order_kpis on every stale date: all stale dates, or those that hold records of a batch, or those between two event dates (both included). Items that Gold no longer has are deleted. Dates that are current cost nothing; --full loads them too, and deletes items that no load has written: it reads the keys of both tables, and repairs what was lost, changed or added there.",
		"A row that DynamoDB can't hold (a category of more than 2,048 bytes) stops no other: all else is loaded, then the task ends with exit code 65 and names the row. Its date stays stale until the data are corrected.",
		'',
		'--forecast also puts the forecast of the next 7 days (gold_inventory_health.forecasted_demand) into the items of Products that are there, as their forecasted_demand; nothing else of them is touched. `products seed` begins with 0.',
		'',
		'Reads: the newest head, Gold. Writes: DynamoDB items, and what is loaded into the lake.',
		'Returns: dates, put, deleted (items); with --forecast also forecast: forecasts (products that Gold knows), updated, untouched (items of other products). Exit code 66 where Gold has no forecast.',
	].join('\n'),
	options: {
		...scopeOptions,
		full: {
			type: 'boolean',
			default: false,
			describe: 'Load also the dates that are known to be current, and delete items that Gold does not have',
		},
		forecast: { type: 'boolean', default: false, describe: 'Put Gold’s forecast into the items of Products, too' },
	},
	run: async (context, { dryRun, full, forecast, ...flags }) => {
		const scope = parseScope(flags);
		const { loadForecasts, loadKpis } = await import('../pipeline/serving');
		const loading = loadKpis(context, scope, { dryRun, full });
		if (!forecast) return loading;
		// Rows that DynamoDB can't hold don't keep the forecasts from their products.
		return mapOutcome(loading, async (kpis) => {
			const loaded = await loadForecasts(context, { dryRun });
			const status = kpis.status === 'unchanged' && loaded.updated > 0 ? 'published' : kpis.status;
			return { ...kpis, status, forecast: loaded };
		});
	},
});
