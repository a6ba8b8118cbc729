import { setTimeout as sleep } from 'node:timers/promises';

/** How often to try, and how long to wait in between: at random up to `firstMs`, doubled each time up to `longestMs`. */
export interface Retries {
	readonly tries: number;
	readonly firstMs: number;
	readonly longestMs: number;
	/** Whether another try may help. */
	readonly mayPass: (error: unknown) => boolean;
	/** A number from 0 up to 1, for the jitter. */
	readonly random?: () => number;
	/** Ends the wait; its reason is thrown then. */
	readonly signal?: AbortSignal;
}

/** Does some work, and again where it fails with what may pass. Throws what the last try failed with. */
export async function withRetries<T>(retries: Retries, work: () => Promise<T>): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await work();
		} catch (error) {
			if (attempt >= retries.tries || !retries.mayPass(error)) throw error;
			await backOff(retries, attempt);
		}
	}
}

/** Waits before the next try; `attempt` is the one that has failed, from 1. */
export async function backOff(
	{ firstMs, longestMs, random = Math.random, signal }: Omit<Retries, 'tries' | 'mayPass'>,
	attempt: number,
): Promise<void> {
	await sleep(random() * Math.min(longestMs, firstMs * 2 ** (attempt - 1)), undefined, signal ? { signal } : {});
}

/** How long several pieces of work may wait in sum before they give up. */
export class RetryBudget {
	private leftMs: number;

	constructor(budgetMs: number) {
		this.leftMs = budgetMs;
	}

	/** Waits before the next try, as `backOff`; resolves to false, without a wait, when the budget is used up. */
	async wait(waits: Parameters<typeof backOff>[0], attempt: number): Promise<boolean> {
		if (this.leftMs <= 0) return false;
		const began = performance.now();
		await backOff({ ...waits, longestMs: Math.min(waits.longestMs, this.leftMs) }, attempt);
		// At least 1 ms, so that a budget ends whatever the random waits are.
		this.leftMs -= Math.max(1, performance.now() - began);
		return true;
	}
}
