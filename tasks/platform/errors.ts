import type { Outcome } from './result';

/** Exit codes of every task, from sysexits.h. */
export const exitCodes = {
	done: 0,
	usage: 64,
	dataRefused: 65,
	noInput: 66,
	internal: 70,
	tryAgain: 75,
	configuration: 78,
	terminated: 143,
} as const;

/** An error that the user can act on. The message says what went wrong, where, and how to fix it. */
export abstract class ShoplakeError extends Error {
	/** The exit code of a task that ends with this error. */
	abstract readonly exitCode: number;
	override get name(): string {
		return this.constructor.name;
	}
}
/** The command line is wrong. */
export class UsageError extends ShoplakeError {
	readonly exitCode = exitCodes.usage;
}
/** The data break their contract; a retry does not help. */
export class DataRefusedError extends ShoplakeError {
	readonly exitCode = exitCodes.dataRefused;
}
/** Some of the data break their contract. The rest is done and published, see `outcome`. */
export class PartlyRefusedError extends DataRefusedError {
	constructor(
		message: string,
		readonly outcome: Outcome,
	) {
		super(message);
	}
}
/** There is nothing to work on. */
export class NoInputError extends ShoplakeError {
	readonly exitCode = exitCodes.noInput;
}
/** An invariant of the product does not hold: our bug. */
export class InternalError extends ShoplakeError {
	readonly exitCode = exitCodes.internal;
}
/** Something outside is temporarily unavailable; a retry may succeed. */
export class TryAgainError extends ShoplakeError {
	readonly exitCode = exitCodes.tryAgain;
}
/** The environment is not set up. */
export class ConfigurationError extends ShoplakeError {
	readonly exitCode = exitCodes.configuration;
}
/** A signal stopped the task before it was done. */
export class TerminatedError extends ShoplakeError {
	readonly exitCode = exitCodes.terminated;
}
