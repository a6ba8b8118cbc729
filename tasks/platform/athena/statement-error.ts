import type { QueryExecutionStatus } from '@aws-sdk/client-athena';
import { exitCodes, ShoplakeError } from '../errors';

/** A statement that Athena did not run to its end. */
export class AthenaStatementError extends ShoplakeError {
	constructor(
		readonly state: 'FAILED' | 'CANCELLED',
		/** What Athena says, in one line. */
		readonly reason: string,
		override readonly exitCode: number,
	) {
		super(exitCode === exitCodes.tryAgain ? `Athena ended the query as ${state}: ${reason}` : reason);
	}
}

/** Categories of errors: 1 is one of Athena, 2 of the statement, 3 of others. */
const athenasOwn = 1;
const isOverLimit = /bytes scanned limit/i;
const howToScan =
	'Its workgroup lets a statement scan only so many bytes, because they are what it costs. Let it read less, for example by a condition on the date of the partition; or raise the limit by the parameter QueryScanLimit of the stack, for --engine athena by EngineScanLimit.';
const isDenied = /\baccess ?denied\b|permission_denied|not authorized to perform/i;

/** The error of a statement that ended, but not as SUCCEEDED. */
export function statementError({ State, StateChangeReason, AthenaError }: QueryExecutionStatus): AthenaStatementError {
	const state = State === 'CANCELLED' ? 'CANCELLED' : 'FAILED';
	const reason = (StateChangeReason ?? 'no reason given').replace(/\s*\n\s*/g, ' ').trim();
	// A retry helps against neither.
	if (isOverLimit.test(reason)) {
		return new AthenaStatementError(state, `${reason} ${howToScan}`, exitCodes.configuration);
	}
	if (isDenied.test(reason)) return new AthenaStatementError(state, reason, exitCodes.configuration);
	const mayPass = AthenaError?.Retryable || AthenaError?.ErrorCategory === athenasOwn || state === 'CANCELLED';
	return new AthenaStatementError(state, reason, mayPass ? exitCodes.tryAgain : exitCodes.dataRefused);
}
