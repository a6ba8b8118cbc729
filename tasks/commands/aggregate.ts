import { defineTask } from './define-task';
import { parseScope, scopeOptions } from './scope-flags';

export const aggregate = defineTask({
	command: 'aggregate',
	describe: 'Bring Gold up to date with Silver: KPIs, customers, stock, funnel, anomalies',
	about: `Rebuilds what is stale in Gold: everywhere, on the dates that hold records of a batch (with what follows from
them), or on the event dates of an interval.

Reads: Silver, and of Gold what other Gold tables are computed from. Writes: Gold, as one commit.
Returns: head, partitions (those whose rows changed), rows (that these have now); with --dry-run also plan: table, partition, reason.
A date with an amount that no column holds stays as it was, and stale; all others are published. Then the exit code is 65,
and refused names each such partition.`,
	options: scopeOptions,
	run: async (context, { dryRun, ...flags }) => {
		const scope = parseScope(flags);
		const { aggregate } = await import('../pipeline/gold');
		return aggregate(context, scope, { dryRun });
	},
});
