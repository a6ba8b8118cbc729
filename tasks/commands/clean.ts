import { UsageError } from '../shared/errors';
import { defineTask } from './define-task';
import { checkedInterval, intervalOptions } from './interval';

export const clean = defineTask({
	command: 'clean',
	describe: 'Admit ingested batches into Silver: typed, one row a key, copies and corrections settled',
	about:
		'Reads Bronze. Writes Silver, the record sets and the orphans as one commit. Returns how many records of the batches are kept, duplicates, superseded, rejected and orphans.',
	options: {
		batch: { type: 'string', array: true, alias: 'date', describe: 'A batch to admit; can be given several times' },
		...intervalOptions,
	},
	run: async (context, args) => {
		const { clean } = await import('../medallion');
		const interval = checkedInterval(args);
		if ((args.batch === undefined) === (interval === undefined)) {
			throw new UsageError('Say which batches to admit: either --batch ID, or --from D --to D.');
		}
		return clean(context, interval ?? { batches: args.batch ?? [] }, { dryRun: args.dryRun });
	},
});
