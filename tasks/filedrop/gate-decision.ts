import { type DropDataset, dropDatasets, shownPatterns } from './file-names';
import type { DropSettings } from './settings';

/** What the gate decides about the files that are there. */
export type Decision =
	/** There is nothing to wait for. */
	| { readonly kind: 'empty' }
	/** Process them. */
	| { readonly kind: 'open'; readonly forced: boolean }
	/** Wait for more files; `since` is when the minimum was first missed. */
	| { readonly kind: 'wait'; readonly since: Date; readonly until: Date; readonly waitsFor: string };

/**
 * Decides whether files are processed now: if each dataset has its minimum, or if the minimum was first missed so long ago
 * that the wait is over. `missedSince` is undefined if it has not been missed yet.
 */
export function decide(
	counts: Readonly<Record<DropDataset, number>>,
	missedSince: Date | undefined,
	now: Date,
	{ minimum, forceAfterMs }: Pick<DropSettings, 'minimum' | 'forceAfterMs'>,
): Decision {
	if (dropDatasets.every((dataset) => counts[dataset] === 0)) return { kind: 'empty' };
	const incomplete = dropDatasets.filter((dataset) => counts[dataset] < minimum[dataset]);
	if (incomplete.length === 0) return { kind: 'open', forced: false };
	const since = missedSince ?? now;
	const until = new Date(since.getTime() + forceAfterMs);
	if (now >= until) return { kind: 'open', forced: true };
	const missing = incomplete.map(
		(dataset) => `${minimum[dataset] - counts[dataset]} more ${shownPatterns[dataset]} (${counts[dataset]} there)`,
	);
	return { kind: 'wait', since, until, waitsFor: missing.join(', ') };
}
