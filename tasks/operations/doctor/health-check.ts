import { TryAgainError } from '../../platform/errors';
import { isRetryable } from '../../platform/failure';
import { describeFailure } from './describe-failure';

/** A single health check. */
export interface HealthCheck {
	readonly name: string;
	/** Why the check is skipped; undefined if it runs. */
	readonly skip?: string | undefined;
	/** Resolves to a description of the healthy state; rejects if something is wrong. */
	readonly run: () => Promise<string>;
}

/** The result of a check. */
export interface CheckResult {
	readonly check: string;
	readonly status: 'ok' | 'failed' | 'skipped';
	/** The healthy state; for a failed check what is wrong and how to fix it, for a skipped check why. */
	readonly detail: string;
	readonly seconds: number;
	/** Of a failed check: whether it may pass later without a fix. */
	readonly isRetryable?: boolean;
}

/** A service that does not answer for this long counts as unavailable. */
const answerTimeoutMs = 15_000;

/** Runs checks that each need the one before; after a failure the rest is skipped. */
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
		const message = `There is no answer after ${answerTimeoutMs / 1000} s. Check the network (security group, endpoints, proxy), then retry.`;
		timer = setTimeout(() => reject(new TryAgainError(message)), answerTimeoutMs);
	});
	return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
