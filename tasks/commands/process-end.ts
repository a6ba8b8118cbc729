import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes } from '../platform/errors';

/** What asks a task to end: an orchestrator, Ctrl-C, a terminal that is closed. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** How long a task that is stopped waits for what it may not leave half done. */
const heldMs = 3000;
/** How long it waits for its other work, so that none of it writes into a scratch folder that is being removed. */
const settleMs = 2000;
/** When a task that is stopped ends, whatever it is doing; within the 10 s of `docker stop`. */
const deadlineMs = 9000;
/** A single Ctrl-C comes twice where npx passes on what the terminal sends to both: a second one is meant after so long. */
const secondCtrlCMs = 1000;

/** A signal that asks the task to end. */
export interface Stop {
	readonly signal: AbortSignal;
	/** Rejects once the task has been asked to end and has ended what it holds. */
	stopped(held: () => Promise<unknown>): Promise<never>;
	/** Waits for work that goes on behind a stopped task, though not for long. */
	settled(work: Promise<unknown>): Promise<unknown>;
}

/**
 * Catches the signals that ask a task to end. The process ends within 9 s of the first one, and at once on another
 * Ctrl-C a second after it; `atEnd` is done before, without waiting for anything.
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
					// What was held may be the last that the task does: then its outcome comes first.
					setImmediate(reject, stop.signal.reason);
				}),
			),
		settled: (work) => Promise.race([work.catch(() => undefined), sleep(settleMs)]),
	};
}

/**
 * Ends the process although a statement of DuckDB runs, which `process.exit` would wait for. To its parent it has ended
 * by SIGTERM; a shell says 143.
 */
export function endByForce(): void {
	for (const signal of stopSignals) process.removeAllListeners(signal);
	process.kill(process.pid, 'SIGTERM');
	// The first process of a container takes no signal from itself.
	setImmediate(() => process.exit(exitCodes.terminated));
}

/**
 * A reader that goes away (`| head`, a terminal that is closed) is no error of the task: what it does not read is not
 * written.
 */
export function allowReadersToLeave(): void {
	for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
