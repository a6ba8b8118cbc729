import { setTimeout as sleep } from 'node:timers/promises';

/** No wait of a test takes nearly as long, on whatever machine. */
const longestMs = 300_000;

/** Polls until a condition holds; throws with the last value where that takes minutes. */
export async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
	const deadline = Date.now() + longestMs;
	for (;;) {
		const seen = await look();
		if (isSo(seen)) return seen;
		if (Date.now() > deadline) throw new Error(`Not so after ${longestMs / 1000} s: ${JSON.stringify(seen)}`);
		await sleep(100);
	}
}
