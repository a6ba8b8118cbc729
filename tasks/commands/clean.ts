import type { BatchScope } from '../pipeline/silver';
import { UsageError } from '../platform/errors';
import { defineTask } from './define-task';
import { engineOptions, parseEngine } from './engine-flags';
import { intervalOptions, parseInterval } from './interval';

export const clean = defineTask({
	command: 'clean',
	keepsCosts: true,
	describe: 'Admit ingested batches into Silver: typed, deduplicated, one row per key',
	about: [
		'Casts the records to their Silver types, drops duplicates, lets corrections supersede older versions, and keeps order items of unknown orders or products aside as orphans.',
		'Choose the batches by --batch, by --from and --to (batches named after a date), or by --sealed. A batch that is admitted already changes nothing.',
		'Reads: Bronze. Writes: Silver, the version history of each key and the orphans, in one commit.',
		'Returns: how many records of the batches were received, and how many of them are kept, duplicates, superseded, rejected or orphans. With --engine athena, Athena computes the tables, and the result also has engine, statements and scanned_bytes.',
	].join('\n\n'),
	options: {
		batch: { type: 'string', array: true, alias: 'date', describe: 'A batch to admit; may be repeated' },
		...intervalOptions,
		sealed: {
			type: 'boolean',
			default: false,
			describe: 'Admit every sealed stream batch that is not admitted yet',
		},
		...engineOptions,
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
			throw new UsageError('Choose the batches to admit: either --batch ID, or --from D --to D, or --sealed.');
		}
		const { withEngine } = await import('../pipeline/with-engine');
		return withEngine(context, parseEngine(args), (openEngine) =>
			clean(context, scope, { dryRun: args.dryRun, openEngine }),
		);
	},
});
