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
/** A retry does not help against the limit of a workgroup, or a missing permission. */
const needsSetting = /bytes scanned limit|\baccess ?denied\b|permission_denied|not authorized to perform/i;

/** The error of a statement that ended, but not as SUCCEEDED. */
export function statementError({ State, StateChangeReason, AthenaError }: QueryExecutionStatus): AthenaStatementError {
	const state = State === 'CANCELLED' ? 'CANCELLED' : 'FAILED';
	const reason = (StateChangeReason ?? 'no reason given').replace(/\s*\n\s*/g, ' ').trim();
	if (needsSetting.test(reason)) return new AthenaStatementError(state, reason, exitCodes.configuration);
	const mayPass = AthenaError?.Retryable || AthenaError?.ErrorCategory === athenasOwn || state === 'CANCELLED';
	return new AthenaStatementError(state, reason, mayPass ? exitCodes.tryAgain : exitCodes.dataRefused);
}
