import { type DropDataset, dropDatasets, shownPatterns } from './file-names';
import type { DropSettings } from './settings';

/** What the gate makes of the files that are there. */
export type Decision =
	/** There is nothing to wait for. */
	| { readonly kind: 'empty' }
	/** Process them. */
	| { readonly kind: 'open'; readonly forced: boolean }
	/** More files are to come; `since` is when the minimum was first missed. */
	| { readonly kind: 'wait'; readonly since: Date; readonly until: Date; readonly waitsFor: string };

/**
 * Whether files are processed now: where each kind has its minimum, or where the minimum was first missed so long ago
 * that no more are waited for. `missedSince` is undefined where it has not been missed so far.
 */
export function decide(
	counts: Readonly<Record<DropDataset, number>>,
	missedSince: Date | undefined,
	now: Date,
	{ minimum, forceAfterMs }: Pick<DropSettings, 'minimum' | 'forceAfterMs'>,
): Decision {
	if (dropDatasets.every((dataset) => counts[dataset] === 0)) return { kind: 'empty' };
	const lacking = dropDatasets.filter((dataset) => counts[dataset] < minimum[dataset]);
	if (lacking.length === 0) return { kind: 'open', forced: false };
	const since = missedSince ?? now;
	const until = new Date(since.getTime() + forceAfterMs);
	if (now >= until) return { kind: 'open', forced: true };
	const missing = lacking.map(
		(dataset) => `${minimum[dataset] - counts[dataset]} more ${shownPatterns[dataset]} (${counts[dataset]} there)`,
	);
	return { kind: 'wait', since, until, waitsFor: missing.join(', ') };
}
