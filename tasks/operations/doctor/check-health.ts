import type { TaskContext } from '../../context';
import { exitCodes } from '../../platform/errors';
import { type CheckResult, type HealthCheck, runInTurn, skipped } from './health-check';
import { configuration, duckdb, memory, program, scratch } from './machine';
import { athena, dynamodb, glue } from './services';
import { storage } from './storage';

/**
 * Checks everything that tasks need, concurrently, and reports in a fixed order. Writes one object, `_hints/doctor`, but
 * none under `dryRun`. Takes at most a minute, even if services do not answer.
 */
export async function checkHealth(context: TaskContext, options: { readonly dryRun: boolean }): Promise<CheckResult[]> {
	const settings = await runInTurn([program, configuration(context)]);
	if (settings.some(({ status }) => status === 'failed')) {
		return [...settings, skipped('everything else', 'not tried without a configuration')];
	}
	// Only the checks of one group depend on each other.
	const groups: readonly (readonly HealthCheck[])[] = [
		[memory(context)],
		[scratch(context), duckdb(context)],
		storage(context, options),
		glue(context),
		...dynamodb(context).map((check) => [check]),
		[athena(context)],
	];
	return [...settings, ...(await Promise.all(groups.map(runInTurn))).flat()];
}

/**
 * The exit code of all results, and the error message that goes with it. A configuration error comes first, because a
 * retry does not fix it.
 */
export function summarizeHealth(results: readonly CheckResult[]): {
	readonly exitCode: number;
	readonly error?: string;
} {
	const failed = results.filter(({ status }) => status === 'failed');
	const [first] = [...failed].sort((a, b) => Number(a.isRetryable) - Number(b.isRetryable));
	if (!first) return { exitCode: exitCodes.done };
	const others = failed.length > 1 ? ` (and ${failed.length - 1} more of ${results.length} checks)` : '';
	return {
		exitCode: first.isRetryable ? exitCodes.tryAgain : exitCodes.configuration,
		error: `${first.check} failed${others}: ${first.detail}`,
	};
}
