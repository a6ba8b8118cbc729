import type { TaskContext } from '../context';
import type { Outcome } from '../platform/result';
import { DropLock } from './lock';
import type { Drop } from './open-drop';

/** Acquires the drop's lock for a run; the status is `locked`, or `waiting` if another run holds it. */
export async function lock(
	{ clock, run }: Pick<TaskContext, 'clock' | 'run'>,
	{ store, settings }: Drop,
	{ holder, leaseMs, dryRun }: { readonly holder: string; readonly leaseMs: number; readonly dryRun?: boolean },
): Promise<Outcome> {
	const drop = new DropLock(store, settings.lockKey, clock);
	if (dryRun) return { status: 'planned', lock: (await drop.current()) ?? null };
	const taken = await drop.acquire({ holder, leaseMs, attempt: run.attempt });
	if (taken.holder === holder) return { status: 'locked', ...taken };
	return {
		status: 'waiting',
		waits_for: `the lock s3://${settings.bucket}/${settings.lockKey}, which run '${taken.holder}' has held since ${taken.started_at || 'it was put there'}. It is free when that run ends, and can be taken over after ${taken.lease_until}. If that run is gone: shoplake filedrop unlock --holder '${taken.holder}'`,
		lease_until: taken.lease_until,
	};
}

/** Releases the lock; the status is `unlocked`, or `unchanged` if this run did not hold it. */
export async function unlock(
	{ clock }: Pick<TaskContext, 'clock'>,
	{ store, settings }: Drop,
	{ holder, dryRun }: { readonly holder: string; readonly dryRun?: boolean },
): Promise<Outcome> {
	const drop = new DropLock(store, settings.lockKey, clock);
	if (dryRun) return { status: 'planned', lock: (await drop.current()) ?? null };
	return { status: (await drop.release(holder)) ? 'unlocked' : 'unchanged', holder };
}
