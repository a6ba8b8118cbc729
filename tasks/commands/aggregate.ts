import { defineTask } from './define-task';
import { parseScope, scopeOptions } from './scope-flags';

export const aggregate = defineTask({
	command: 'aggregate',
	describe: 'Bring Gold up to date with Silver: KPIs, customers, inventory, funnel, anomalies',
	about: [
		'Recomputes the stale partitions of Gold: all of them, only the dates that hold records of --batch (and the partitions that depend on those dates), or only the event dates from --from to --to.',
		'If an amount of a date is too large for its column, the partitions of that date stay stale and keep their old rows. All others are published, the exit code is 65, and `refused` lists the partitions that failed.',
		'Reads: Silver, and the Gold tables that other Gold tables are computed from. Writes: Gold, in one commit.',
		'Returns: head, partitions (those whose rows changed), rows (in these partitions); with --dry-run also plan: table, partition, reason.',
	].join('\n\n'),
	options: scopeOptions,
	run: async (context, { dryRun, ...flags }) => {
		const scope = parseScope(flags);
		const { aggregate } = await import('../pipeline/gold');
		return aggregate(context, scope, { dryRun });
	},
});
