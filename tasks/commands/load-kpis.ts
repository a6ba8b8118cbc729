import { mapOutcome } from '../platform/map-outcome';
import { defineTask } from './define-task';
import { parseScope, scopeOptions } from './scope-flags';

export const loadKpis = defineTask({
	command: 'load-kpis',
	keepsCosts: true,
	describe: 'Load the KPIs of Gold into DynamoDB',
	about: [
		"Makes the items of CategoryKPIs and OrderKPIs equal Gold's category_kpis and order_kpis on the stale dates: all of them, only those that hold records of --batch, or only those from --from to --to. Items that Gold no longer has are deleted. Current dates cost nothing.",
		'--full also loads the current dates. It reads the keys of both tables, restores items that were lost or changed there, and deletes items that no load has written.',
		"A row that DynamoDB can't store (a category of more than 2,048 bytes) does not stop the others: they are loaded, then the exit code is 65 and the error names the row. Its date stays stale until the data are corrected.",
		'--forecast also writes the forecast for the next 7 days (gold_inventory_health.forecasted_demand) to the forecasted_demand of the existing items of Products. No other attribute changes. `products seed` starts it at 0.',
		'Reads: the newest head, Gold. Writes: DynamoDB items, and in the lake the record of what is loaded.',
		'Returns: dates, put, deleted (items); with --forecast also forecast: forecasts (products in Gold), updated, untouched (items of other products). Exit code 66 if Gold has no forecast.',
	].join('\n\n'),
	options: {
		...scopeOptions,
		full: {
			type: 'boolean',
			default: false,
			describe: 'Also load current dates, and delete items that Gold does not have',
		},
		forecast: { type: 'boolean', default: false, describe: 'Also write Gold’s forecast to the items of Products' },
	},
	run: async (context, { dryRun, full, forecast, ...flags }) => {
		const scope = parseScope(flags);
		const { loadForecasts, loadKpis } = await import('../pipeline/serving');
		const loading = loadKpis(context, scope, { dryRun, full });
		if (!forecast) return loading;
		// The forecasts are loaded even if DynamoDB can't store some of the KPI rows.
		return mapOutcome(loading, async (kpis) => {
			const loaded = await loadForecasts(context, { dryRun });
			const status = kpis.status === 'unchanged' && loaded.updated > 0 ? 'published' : kpis.status;
			return { ...kpis, status, forecast: loaded };
		});
	},
});
