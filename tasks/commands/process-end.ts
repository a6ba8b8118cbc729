import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes } from '../platform/errors';

/** Signals that ask a task to end: from an orchestrator, Ctrl-C, a closed terminal. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** How long a stopped task waits for work that must not be left half done. */
const heldMs = 3000;
/** How long it waits for its other work, so that none of it writes to a scratch folder that is being removed. */
const settleMs = 2000;
/** A stopped task ends by then, whatever it is doing; within the 10 s of `docker stop`. */
const deadlineMs = 9000;
/** npx passes on a Ctrl-C that the terminal sends to both, so one press may arrive twice: a real second press comes later than this. */
const secondCtrlCMs = 1000;

/** A signal that asks the task to end. */
export interface Stop {
	readonly signal: AbortSignal;
	/** Rejects once the task has been asked to end and its held work has ended. */
	stopped(held: () => Promise<unknown>): Promise<never>;
	/** Waits a short time for work that still runs after a task was stopped. */
	settled(work: Promise<unknown>): Promise<unknown>;
}

/**
 * Catches the signals that ask a task to end. The process ends within 9 s of the first one, and at once on another
 * Ctrl-C a second after it; `atEnd` runs before, synchronously.
 */
export function catchStopSignals(atEnd: () => void): Stop {
	const stop = new AbortController();
	let firstAt = 0;
	const endNow = () => {
		atEnd();
		endByForce();
	};
	const onSignal = (signal: NodeJS.Signals) => {
		if (!stop.signal.aborted) {
			firstAt = Date.now();
			setTimeout(endNow, deadlineMs).unref();
			stop.abort();
		} else if (signal === 'SIGINT' && Date.now() - firstAt > secondCtrlCMs) endNow();
	};
	for (const signal of stopSignals) process.on(signal, onSignal);
	return {
		signal: stop.signal,
		stopped: (held) =>
			new Promise<never>((_, reject) =>
				stop.signal.addEventListener('abort', async () => {
					await Promise.race([held(), sleep(heldMs)]);
					// The held work may be the last of the task: then its outcome comes first.
					setImmediate(reject, stop.signal.reason);
				}),
			),
		settled: (work) => Promise.race([work.catch(() => undefined), sleep(settleMs)]),
	};
}

/**
 * Ends the process even while a DuckDB statement runs, which `process.exit` would wait for. Its parent sees an end by
 * SIGTERM; a shell shows 143.
 */
export function endByForce(): void {
	for (const signal of stopSignals) process.removeAllListeners(signal);
	process.kill(process.pid, 'SIGTERM');
	// The first process of a container ignores its own signals.
	setImmediate(() => process.exit(exitCodes.terminated));
}

/**
 * A reader that leaves (`| head`, a closed terminal) is not an error of the task: the rest of the output is dropped.
 */
export function allowReadersToLeave(): void {
	for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
