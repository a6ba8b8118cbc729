import type { TaskContext } from '../../context';
import { exitCodes } from '../../platform/errors';
import { type CheckResult, type HealthCheck, runInTurn, skipped } from './health-check';
import { configuration, duckdb, memory, program, scratch } from './machine';
import { athena, dynamodb, glue } from './services';
import { storage } from './storage';

/**
 * Looks at everything that tasks need, side by side, and reports in a fixed order. Writes one object, `_hints/doctor`;
 * none under `dryRun`. Takes no longer than a minute, whoever does not answer.
 */
export async function checkHealth(context: TaskContext, options: { readonly dryRun: boolean }): Promise<CheckResult[]> {
	const settings = await runInTurn([program, configuration(context)]);
	if (settings.some(({ status }) => status === 'failed')) {
		return [...settings, skipped('everything else', 'not tried without a configuration')];
	}
	// Only those in one list depend on each other.
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
 * What all findings come to: an exit code, and the sentence that goes with it. A wrong configuration comes first: trying
 * again does not help where there is one.
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
