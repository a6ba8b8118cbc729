import type { StoreHooks } from './memory-store';

/** Hooks that kill the process at its n-th operation, before or after it takes effect. Counts operations and refusals. */
export function dyingAt(n: number, when: 'before' | 'after') {
	const count = { operations: 0, refused: 0 };
	const stop = (isDead: boolean) => {
		if (!isDead) return;
		count.refused++;
		throw new Error('killed');
	};
	const hooks: StoreHooks = {
		before: () => stop(++count.operations > n || (count.operations === n && when === 'before')),
		after: () => stop(count.operations >= n && when === 'after'),
	};
	return { hooks, count };
}
