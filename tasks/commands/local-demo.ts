import type { Account } from '../lake';
import type { StepReport } from '../pipeline';
import { UsageError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { addressOptions } from './local-address';
import { accountColumns } from './run';

type Rows<T> = readonly (T & Record<string, unknown>)[];

export const demo = defineTask({
	command: 'local demo',
	keepsCosts: true,
	describe: 'Load a week of data through the whole pipeline on the local AWS (npm start)',
	about: [
		'Starts the local AWS unless it is up, then loads seven days, generated or real, from source files to DynamoDB. Run it again and nothing changes: days that are already loaded are skipped.',
		"With --empty it only starts the local AWS and leaves the lake as it is. 'shoplake local reset --yes' deletes the data of a demo, with everything else in the local AWS.",
		'Reads: generated or downloaded source files. Writes: .shoplake, and the local AWS.',
		'Returns: head, accounts (what became of every record, by day and dataset), steps (time, requests and cost), kpis, report (the path of the page).',
	].join('\n\n'),
	options: {
		empty: { type: 'boolean', default: false, describe: 'Only start the local AWS; load no data' },
		real: {
			type: 'boolean',
			default: false,
			describe: 'Load real grocery baskets of 2017 instead of generated orders',
		},
		records: { type: 'number', integer: [1, 50_000_000], default: 1000, describe: 'Orders to generate per day' },
		...addressOptions,
	},
	run: async (context, args) => {
		if (args.empty && args.real)
			throw new UsageError('--empty loads no data, --real loads real data: give one of them.');
		const { demo, generatedWeek, localUp, planUp, realWeek } = await import('../local');
		const days = args.real ? realWeek : generatedWeek;
		if (args.dryRun) return { ...(await planUp()), ...(args.empty ? {} : { days }) };
		const up = await localUp(context, { port: args.port, host: args.host });
		if (args.empty) return { status: 'up', ...up };
		return demo(context, { real: args.real, records: args.records, days });
	},
	show: (outcome) =>
		outcome.status === 'planned' ? undefined : outcome.status === 'up' ? emptyText(outcome) : demoText(outcome),
});

function emptyText({ endpoint, pid, bucket }: Outcome): string {
	return [
		`The local AWS is up: ${endpoint} (process ${pid}), lake s3://${bucket}`,
		'',
		'Try next',
		'  npx --no-install shoplake run --batch my-first --source FOLDER     your own files',
		'  npx --no-install shoplake run --date 2026-11-20                     a generated day',
		'  npx --no-install shoplake status',
	].join('\n');
}

function demoText({ accounts, steps, kpis, report, status }: Outcome): string {
	const took = steps as Rows<Omit<StepReport, 'status'>>;
	const total = (name: 'seconds' | 'requests' | 'cost_usd') => took.reduce((sum, step) => sum + step[name], 0);
	return [
		'',
		'What became of every record',
		tableText(accounts as Rows<Account>, accountColumns),
		'',
		'KPIs of the orders, as in DynamoDB',
		tableText(kpis as Rows<object>),
		'',
		status === 'unchanged'
			? 'Nothing changed: all seven days are already loaded.'
			: `Steps, over all days (cost: what the requests would cost on AWS)\n${tableText(
					[
						...took,
						{ step: 'all', seconds: total('seconds'), requests: total('requests'), cost_usd: total('cost_usd') },
					].map(({ step, seconds, requests, cost_usd }) => ({
						step,
						seconds: seconds.toFixed(1),
						requests,
						cost_usd: cost_usd.toFixed(5),
					})),
				)}`,
		'',
		'The report for the owner of the shop: open it in a browser',
		`  ${report}`,
		'',
		'Try next',
		'  npx --no-install shoplake status',
		'  npx --no-install shoplake query sql/analyses/revenue-by-category.sql',
		'  echo "select * from lake_quarantine limit 5" | npx --no-install shoplake query -     the rejected rows',
		'  echo "select * from lake_orphans limit 5" | npx --no-install shoplake query -        the items that wait',
		'  npx --no-install shoplake --help',
		'',
	].join('\n');
}
