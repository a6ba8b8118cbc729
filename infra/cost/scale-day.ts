import type { MeteredDay, MeteredStep } from './measured';

type Tree = number | string | { readonly [name: string]: Tree } | readonly Tree[];

/**
 * A day of so many records: every figure lies on the straight line through two metered days. Between and near them that is
 * what was metered; far beyond it is an extrapolation.
 */
export function scaleDay([small, large]: readonly [MeteredDay, MeteredDay], records: number): MeteredDay {
	const share = (records - small.records) / (large.records - small.records);
	const between = (low: Tree | undefined, high: Tree | undefined): Tree => {
		const example = low ?? high ?? 0;
		if (typeof example === 'string') return example;
		if (typeof example === 'number') {
			const [from, to] = [low ?? 0, high ?? 0] as [number, number];
			return Math.max(0, from + share * (to - from));
		}
		const [one, other] = [low ?? {}, high ?? {}] as [Record<string, Tree>, Record<string, Tree>];
		if (Array.isArray(example)) return example.map((_, place) => between(one[place], other[place]));
		const names = new Set([...Object.keys(one), ...Object.keys(other)]);
		return Object.fromEntries([...names].map((name) => [name, between(one[name], other[name])]));
	};
	return { ...(between(small as unknown as Tree, large as unknown as Tree) as unknown as MeteredDay), records };
}

/** A step of a day; throws if it was not metered. */
export function stepOf({ steps }: MeteredDay, name: string): MeteredStep {
	const found = steps.find(({ step }) => step === name);
	if (!found) throw new Error(`'${name}' was not metered: run bench/cost.ts.`);
	return found;
}
