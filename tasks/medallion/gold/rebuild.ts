import type { TaskContext } from '../../context';
import { whole } from '../../lake';
import type { Outcome } from '../../shared/result';
import { filesOf, type Interval } from '../differing';
import type { Scope } from '../scope';
import { publishGold } from './publish';

/** Where the tables that `aggregate` writes are stored. */
const prefixes = ['gold/', 'internal/'];

/**
 * Makes Gold of an interval (of everything, without one) afresh from Silver; tables that are kept whole are made afresh
 * in any case. A partition whose rows come out as they were, and whose files are there, stays as it is.
 */
export async function rebuildGold(context: TaskContext, interval: Interval | undefined): Promise<Outcome> {
	const scope: Scope = interval ? { kind: 'dates', ...interval } : { kind: 'all' };
	const isInScope = (partition: string) =>
		!interval || partition === whole || (partition >= interval.from && partition <= interval.to);
	const lake = await context.lake();
	return publishGold(context, scope, async (draft) => {
		const files = await filesOf(lake, prefixes);
		draft.forget(isInScope, (entry) => entry.files.every(({ key, bytes }) => files.get(key) === bytes));
	});
}
