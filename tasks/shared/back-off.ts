import { setTimeout as sleep } from 'node:timers/promises';

/** How to wait before a request is sent again. */
export interface BackOff {
	readonly firstMs: number;
	readonly longestMs: number;
}

/**
 * Waits before try `attempt` + 1 (counted from 0): at random up to `firstMs`, doubled with each try, but at most
 * `longestMs`, so that many that were refused at once don't come back at once. `random` gives numbers from 0 up to 1.
 * Rejects when the signal is aborted.
 */
export async function backOff(
	attempt: number,
	{ firstMs, longestMs }: BackOff,
	{ random = Math.random, signal }: { random?: () => number; signal?: AbortSignal } = {},
): Promise<void> {
	const longest = Math.min(longestMs, firstMs * 2 ** attempt);
	await sleep(random() * longest, undefined, signal ? { signal } : {});
}
