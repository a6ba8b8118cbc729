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
	describe: 'A week of data through the whole pipeline on the local AWS: what npm start runs',
	about: [
		'Starts the local AWS where it is not up, then runs seven days, generated or real, from source files to DynamoDB. Days that are through already are passed over.',
		"With --empty it stops before the days: the local AWS is up, and its lake is as it was. What a demonstration has left goes by 'shoplake local reset --yes', with everything else in the local AWS.",
	].join('\n\n'),
	options: {
		empty: { type: 'boolean', default: false, describe: 'Only start the local AWS, without the week of data' },
		real: { type: 'boolean', default: false, describe: 'Real grocery baskets of 2017 instead of generated orders' },
		records: { type: 'number', whole: [1, 50_000_000], default: 1000, describe: 'Orders to generate a day' },
		...addressOptions,
	},
	run: async (context, args) => {
		if (args.empty && args.real) throw new UsageError('--empty runs no days, --real runs days of real data: give one.');
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

function demoText({ accounts, steps, kpis, status }: Outcome): string {
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
			? 'All days were through already; nothing was done.'
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
		'Try next',
		'  npx --no-install shoplake status',
		'  npx --no-install shoplake query sql/analyses/revenue-by-category.sql',
		'  echo "select * from lake_quarantine limit 5" | npx --no-install shoplake query -     the rejected rows',
		'  echo "select * from lake_orphans limit 5" | npx --no-install shoplake query -        the lines that wait',
		'  npx --no-install shoplake --help',
		'',
	].join('\n');
}
