import type { Outcome } from './result';

/** Exit codes of every task, as in sysexits.h. */
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

/** What goes wrong for a reason that the user can act on. The message says what, where, and the way out. */
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
/** The data break their contract; trying again cannot help. */
export class DataRefusedError extends ShoplakeError {
	readonly exitCode = exitCodes.dataRefused;
}
/** Some of the data break their contract. All else is done and published; `outcome` says what. */
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
/** A promise the product makes to itself does not hold: our bug. */
export class InternalError extends ShoplakeError {
	readonly exitCode = exitCodes.internal;
}
/** Something outside is not available now; the same call may succeed later. */
export class TryAgainError extends ShoplakeError {
	readonly exitCode = exitCodes.tryAgain;
}
/** The environment is not set up. */
export class ConfigurationError extends ShoplakeError {
	readonly exitCode = exitCodes.configuration;
}
/** A signal has asked the task to end before it was done. */
export class TerminatedError extends ShoplakeError {
	readonly exitCode = exitCodes.terminated;
}
