import type { CommandModule } from 'yargs';
import type { TaskContext } from '../context';
import type { KpiQuery } from '../pipeline/serving';
import { UsageError } from '../platform/errors';
import { defineTask } from './define-task';
import { checkDate } from './interval';

const options = {
	from: { type: 'string', describe: 'First date (YYYY-MM-DD); by default the earliest' },
	to: { type: 'string', describe: 'Last date (included); by default the latest' },
	format: { choices: ['table', 'json', 'csv'] as const, describe: 'Output format; table by default' },
} as const;

/** Prints the rows and nothing else. */
async function print(
	context: TaskContext,
	query: KpiQuery,
	{ format, json }: { readonly format: 'table' | 'json' | 'csv' | undefined; readonly json: boolean },
): Promise<{ status: string }> {
	if (query.from !== undefined) checkDate('--from', query.from);
	if (query.to !== undefined) checkDate('--to', query.to);
	if (query.from !== undefined && query.to !== undefined && query.from > query.to) {
		throw new UsageError(`--from ${query.from} is after --to ${query.to}.`);
	}
	const { kpiAnswer } = await import('../pipeline/serving');
	const { formatResult } = await import('../query');
	process.stdout.write(formatResult(await kpiAnswer(context, query), format ?? (json ? 'json' : 'table')));
	return { status: 'done' };
}

const category = defineTask({
	command: 'kpis category',
	positional: '<name>',
	describe: 'Print the KPIs of a category by date, from DynamoDB',
	about:
		'Prints order_date, category, daily_revenue, avg_order_value and avg_return_rate, one row per date, and nothing else. Reads: CategoryKPIs, with one Query by category and date range. Writes: nothing.',
	payloadOnly: true,
	options: {
		name: { type: 'string', demandOption: true, describe: 'The category, exactly as in the table' },
		...options,
	},
	run: (context, { name, from, to, format, json }) =>
		print(context, { kind: 'category', category: name, from, to }, { format, json }),
});

const orders = defineTask({
	command: 'kpis orders',
	describe: 'Print the KPIs of all orders by date, from DynamoDB',
	about:
		'Prints order_date, total_orders, total_revenue, total_items_sold, return_rate and unique_customers, one row per date, and nothing else. Reads: OrderKPIs, by key for up to 100 dates, otherwise with a scan of the whole table (one item per date). Writes: nothing.',
	payloadOnly: true,
	options,
	run: (context, { from, to, format, json }) => print(context, { kind: 'orders', from, to }, { format, json }),
});

export const kpis: CommandModule = {
	command: 'kpis',
	describe: 'Print KPIs from DynamoDB: category, orders',
	builder: (yargs) =>
		yargs.command([category, orders]).demandCommand(1, "Choose a command; 'shoplake kpis --help' lists them."),
	handler: () => undefined,
};
