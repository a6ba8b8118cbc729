import type { TaskContext } from '../../context';
import { exitCodes } from '../../platform/errors';
import { type Check, type Finding, inTurn, skipped } from './check';
import { configuration, duckdb, memory, program, scratch } from './machine';
import { athena, dynamodb, glue } from './services';
import { storage } from './storage';

/**
 * Looks at everything that tasks need, side by side, and reports in a fixed order. Writes one object, `_hints/doctor`;
 * none under `dryRun`. Takes no longer than a minute, whoever does not answer.
 */
export async function examine(context: TaskContext, options: { readonly dryRun: boolean }): Promise<Finding[]> {
	const settings = await inTurn([program, configuration(context)]);
	if (settings.some(({ status }) => status === 'failed')) {
		return [...settings, skipped('everything else', 'not tried without a configuration')];
	}
	// Only those in one list depend on each other.
	const groups: readonly (readonly Check[])[] = [
		[memory(context)],
		[scratch(context), duckdb(context)],
		storage(context, options),
		glue(context),
		...dynamodb(context).map((check) => [check]),
		[athena(context)],
	];
	return [...settings, ...(await Promise.all(groups.map(inTurn))).flat()];
}

/**
 * What all findings come to: an exit code, and the sentence that goes with it. A wrong configuration comes first: trying
 * again does not help where there is one.
 */
export function diagnose(findings: readonly Finding[]): { readonly exitCode: number; readonly error?: string } {
	const failed = findings.filter(({ status }) => status === 'failed');
	const [first] = [...failed].sort((a, b) => Number(a.passing) - Number(b.passing));
	if (!first) return { exitCode: exitCodes.done };
	const others = failed.length > 1 ? ` (and ${failed.length - 1} more of ${findings.length} checks)` : '';
	return {
		exitCode: first.passing ? exitCodes.tryAgain : exitCodes.configuration,
		error: `${first.check} failed${others}: ${first.detail}`,
	};
}
