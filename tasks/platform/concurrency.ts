import pMap from 'p-map';

/**
 * Applies `work` to every item, at most `limit` at a time; the results are in the items' order. The first failure, or the
 * signal, stops it: no further item is begun, and it rejects once the running ones have ended. `p-map` alone rejects
 * while they still run, and might write after the failure is reported.
 */
export async function mapConcurrently<T, R>(
	items: readonly T[],
	limit: number,
	work: (item: T, index: number) => Promise<R>,
	signal?: AbortSignal,
): Promise<R[]> {
	const begun: Promise<R>[] = [];
	const begin = (item: T, index: number) => {
		const result = work(item, index);
		begun.push(result);
		return result;
	};
	try {
		return await pMap(items, begin, { concurrency: limit, ...(signal ? { signal } : {}) });
	} finally {
		await Promise.allSettled(begun);
	}
}

/** A gate for pieces of work: it does at most `limit` at a time, in the order of the calls. */
export function limitConcurrency(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
	let free = limit;
	const waiting: (() => void)[] = [];
	return async (work) => {
		if (free > 0) free--;
		else await new Promise<void>((begin) => waiting.push(begin));
		try {
			return await work();
		} finally {
			const next = waiting.shift();
			if (next) next();
			else free++;
		}
	};
}
