import { TryAgainError } from '../../platform/errors';
import { isPassing } from '../../platform/failure';
import { wayOut } from './way-out';

/** One thing to be looked at. */
export interface Check {
	readonly name: string;
	/** Why there is nothing to look at; undefined where there is. */
	readonly skip?: string | undefined;
	/** Resolves to what was found, where it is as it should be; rejects where not. */
	readonly examine: () => Promise<string>;
}

/** What came of a check. */
export interface Finding {
	readonly check: string;
	readonly status: 'ok' | 'failed' | 'skipped';
	/** What was found; where it failed, what is wrong and the way out; where it was skipped, why. */
	readonly detail: string;
	readonly seconds: number;
	/** Where it failed: whether it may pass later, just as everything is now. */
	readonly passing?: boolean;
}

/** A service that says nothing for so long is not there, for a task. */
const patienceMs = 15_000;

/** Checks of which each needs the one before it: after one that fails the rest is skipped. */
export async function inTurn(checks: readonly Check[]): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const { name, skip, examine } of checks) {
		const failed = findings.find(({ status }) => status === 'failed');
		const reason = failed ? `not tried after ${failed.check} failed` : skip;
		findings.push(reason ? skipped(name, reason) : await finding(name, examine));
	}
	return findings;
}

export const skipped = (check: string, detail: string): Finding => ({ check, status: 'skipped', detail, seconds: 0 });

async function finding(check: string, examine: Check['examine']): Promise<Finding> {
	const startedAt = performance.now();
	const seconds = () => Math.round(performance.now() - startedAt) / 1000;
	try {
		const detail = await inTime(examine());
		return { check, status: 'ok', detail, seconds: seconds() };
	} catch (error) {
		const passing = isPassing(error);
		return { check, status: 'failed', detail: wayOut(error), seconds: seconds(), passing };
	}
}

async function inTime<T>(work: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		const message = `There is no answer after ${patienceMs / 1000} s. Check the network (security group, endpoints, proxy), then try again.`;
		timer = setTimeout(() => reject(new TryAgainError(message)), patienceMs);
	});
	return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
