import type { BatchScope } from '../pipeline/silver';
import { UsageError } from '../platform/errors';
import { defineTask } from './define-task';
import { intervalOptions, parseInterval } from './interval';

export const clean = defineTask({
	command: 'clean',
	describe: 'Admit ingested batches into Silver: typed, one row a key, copies and corrections settled',
	about:
		'Reads Bronze. Writes Silver, the record sets and the orphans as one commit. Returns how many records of the batches are kept, duplicates, superseded, rejected and orphans.',
	options: {
		batch: { type: 'string', array: true, alias: 'date', describe: 'A batch to admit; can be given several times' },
		...intervalOptions,
		sealed: {
			type: 'boolean',
			default: false,
			describe: 'What was sealed of the streams and is not admitted yet',
		},
	},
	run: async (context, args) => {
		const { clean } = await import('../pipeline/silver');
		const interval = parseInterval(args);
		const scopes: BatchScope[] = [
			...(args.batch ? [{ batches: args.batch }] : []),
			...(interval ? [interval] : []),
			...(args.sealed ? [{ sealed: true as const }] : []),
		];
		const [scope] = scopes;
		if (scopes.length !== 1 || !scope) {
			throw new UsageError('Say which batches to admit: either --batch ID, or --from D --to D, or --sealed.');
		}
		return clean(context, scope, { dryRun: args.dryRun });
	},
});
