import type { Options } from 'yargs';
import type { Scope } from '../lake/scope';
import { UsageError } from '../platform/errors';
import { checkedInterval, intervalOptions } from './interval';

/** The flags that say which part of what is stale a task takes on. */
export const scopeOptions = {
	batch: { type: 'string', alias: 'date', describe: 'Only the dates that hold records of this batch' },
	...intervalOptions,
} as const satisfies Record<string, Options>;

/** The scope that the flags say: all without any. Throws UsageError where they contradict each other. */
export function parseScope(args: {
	batch?: string | undefined;
	from?: string | undefined;
	to?: string | undefined;
}): Scope {
	const interval = checkedInterval(args);
	if (args.batch !== undefined && interval) throw new UsageError('Give either --batch ID or --from D --to D.');
	if (interval) return { kind: 'dates', ...interval };
	return args.batch === undefined ? { kind: 'all' } : { kind: 'batch', batch: args.batch };
}
