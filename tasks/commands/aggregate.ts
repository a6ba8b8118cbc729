import { defineTask } from './define-task';
import { engineOptions, parseEngine } from './engine-flags';
import { parseScope, scopeOptions } from './scope-flags';

export const aggregate = defineTask({
	command: 'aggregate',
	keepsCosts: true,
	describe: 'Bring Gold up to date with Silver: KPIs, customers, inventory, funnel, anomalies',
	about: [
		'Recomputes the stale partitions of Gold: all of them, only the dates that hold records of --batch (and the partitions that depend on those dates), or only the event dates from --from to --to.',
		'If an amount of a date is too large for its column, the partitions of that date stay stale and keep their old rows. All others are published, the exit code is 65, and `refused` lists the partitions that failed.',
		'Reads: Silver, and the Gold tables that other Gold tables are computed from. Writes: Gold, in one commit.',
		'Returns: head, partitions (those whose rows changed), rows (in these partitions); with --dry-run also plan: table, partition, reason. With --engine athena, Athena computes the tables, and the result also has engine, statements and scanned_bytes. The tables of a project are computed by DuckDB.',
	].join('\n\n'),
	options: { ...scopeOptions, ...engineOptions },
	run: async (context, { dryRun, ...flags }) => {
		const [scope, choice] = [parseScope(flags), parseEngine(flags)];
		const [{ aggregate }, { withEngine }] = await Promise.all([
			import('../pipeline/gold'),
			import('../pipeline/with-engine'),
		]);
		return withEngine(context, choice, (openEngine) => aggregate(context, scope, { dryRun, openEngine }));
	},
});
