import type { TaskContext } from '../../context';
import type { Engine } from '../../engine';
import { whole } from '../../lake';
import type { Interval } from '../../lake/changed-tables';
import { isIntact } from '../../lake/check-file';
import type { Scope } from '../../lake/scope';
import type { Outcome } from '../../platform/result';
import { publishGold } from './publish';
import type { StagedSnapshot } from './staged-snapshot';

/**
 * Recomputes Gold from Silver: the dates of an interval (all dates without one), and the tables without partitions in any
 * case. A partition with intact files and the same rows stays as it is. A table whose manifest is lost or damaged is
 * recomputed as a whole.
 */
export async function rebuildGold(
	context: TaskContext,
	interval: Interval | undefined,
	openEngine?: () => Promise<Engine>,
): Promise<Outcome> {
	const scope: Scope = interval ? { kind: 'dates', ...interval } : { kind: 'all' };
	const isInScope = (partition: string) =>
		!interval || partition === whole || (partition >= interval.from && partition <= interval.to);
	const prepare = async (staged: StagedSnapshot) => {
		const resources = await context.engine();
		await staged.invalidate(isInScope, (entry) => isIntact(resources, entry));
	};
	return publishGold(context, scope, { openEngine, prepare });
}
