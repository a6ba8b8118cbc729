import { TryAgainError } from '../../platform/errors';
import { isRetryable } from '../../platform/failure';
import { describeFailure } from './describe-failure';

/** One thing to be looked at. */
export interface HealthCheck {
	readonly name: string;
	/** Why there is nothing to look at; undefined where there is. */
	readonly skip?: string | undefined;
	/** Resolves to what was found, where it is as it should be; rejects where not. */
	readonly run: () => Promise<string>;
}

/** What came of a check. */
export interface CheckResult {
	readonly check: string;
	readonly status: 'ok' | 'failed' | 'skipped';
	/** What was found; where it failed, what is wrong and the way out; where it was skipped, why. */
	readonly detail: string;
	readonly seconds: number;
	/** Where it failed: whether it may pass later, just as everything is now. */
	readonly isRetryable?: boolean;
}

/** A service that says nothing for so long is not there, for a task. */
const answerTimeoutMs = 15_000;

/** Checks of which each needs the one before it: after one that fails the rest is skipped. */
export async function runInTurn(checks: readonly HealthCheck[]): Promise<CheckResult[]> {
	const results: CheckResult[] = [];
	for (const { name, skip, run } of checks) {
		const failed = results.find(({ status }) => status === 'failed');
		const reason = failed ? `not tried after ${failed.check} failed` : skip;
		results.push(reason ? skipped(name, reason) : await runCheck(name, run));
	}
	return results;
}

export const skipped = (check: string, detail: string): CheckResult => ({
	check,
	status: 'skipped',
	detail,
	seconds: 0,
});

async function runCheck(check: string, run: HealthCheck['run']): Promise<CheckResult> {
	const startedAt = performance.now();
	const seconds = () => Math.round(performance.now() - startedAt) / 1000;
	try {
		const detail = await withTimeout(run());
		return { check, status: 'ok', detail, seconds: seconds() };
	} catch (error) {
		return {
			check,
			status: 'failed',
			detail: describeFailure(error),
			seconds: seconds(),
			isRetryable: isRetryable(error),
		};
	}
}

async function withTimeout<T>(work: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		const message = `There is no answer after ${answerTimeoutMs / 1000} s. Check the network (security group, endpoints, proxy), then try again.`;
		timer = setTimeout(() => reject(new TryAgainError(message)), answerTimeoutMs);
	});
	return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
