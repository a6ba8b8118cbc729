import type { Options } from 'yargs';
import type { Scope } from '../lake/scope';
import { UsageError } from '../platform/errors';
import { intervalOptions, parseInterval } from './interval';

/** The flags that select which stale partitions a task works on. */
export const scopeOptions = {
	batch: { type: 'string', alias: 'date', describe: 'Only the dates that hold records of this batch' },
	...intervalOptions,
} as const satisfies Record<string, Options>;

/** The scope that the flags select; everything without flags. Throws UsageError if they contradict each other. */
export function parseScope(args: {
	batch?: string | undefined;
	from?: string | undefined;
	to?: string | undefined;
}): Scope {
	const interval = parseInterval(args);
	if (args.batch !== undefined && interval) throw new UsageError('Give either --batch ID or --from D --to D.');
	if (interval) return { kind: 'dates', ...interval };
	return args.batch === undefined ? { kind: 'all' } : { kind: 'batch', batch: args.batch };
}
