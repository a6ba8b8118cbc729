import type { TaskContext } from '../context';
import type { Engine } from '../engine';
import type { EngineName } from '../engine/names';
import { mapOutcome } from '../platform/map-outcome';
import type { Outcome } from '../platform/result';

/** What computes a task's tables. */
export interface EngineChoice {
	readonly engine: EngineName;
	/** Bytes that Athena may scan for the task. */
	readonly maxScanned?: number | undefined;
}

/**
 * Does work with an engine, opened when it first needs one. With Athena, the outcome has what the statements took; its
 * scratch tables are dropped, and its statements stopped, however the work ends.
 */
export async function withEngine(
	context: TaskContext,
	{ engine, maxScanned }: EngineChoice,
	work: (openEngine: () => Promise<Engine>) => Promise<Outcome>,
): Promise<Outcome> {
	if (engine === 'duckdb') return work(() => context.engine());
	const { AthenaRun } = await import('../engine/athena');
	const run = await AthenaRun.open(context, { maxScanned });
	try {
		return await mapOutcome(
			work(async () => run.engine),
			(outcome) => ({ ...outcome, engine, ...run.usage }),
		);
	} finally {
		await context.hold(run.close());
	}
}
