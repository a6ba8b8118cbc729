import type { TaskContext } from '../../context';
import { whole } from '../../lake';
import type { Interval } from '../../lake/changed-tables';
import { isIntact } from '../../lake/check-file';
import type { Scope } from '../../lake/scope';
import type { Outcome } from '../../platform/result';
import { publishGold } from './publish';

/**
 * Makes Gold of an interval (of everything, without one) afresh from Silver; tables that are kept whole are made afresh
 * in any case. A partition whose rows come out as they were, and whose files are intact, stays as it is; a table whose
 * manifest is lost or damaged is made afresh as a whole.
 */
export async function rebuildGold(context: TaskContext, interval: Interval | undefined): Promise<Outcome> {
	const scope: Scope = interval ? { kind: 'dates', ...interval } : { kind: 'all' };
	const isInScope = (partition: string) =>
		!interval || partition === whole || (partition >= interval.from && partition <= interval.to);
	return publishGold(context, scope, async (draft, bench) => {
		const engine = await bench();
		await draft.forget(isInScope, (entry) => isIntact(engine, entry));
	});
}
