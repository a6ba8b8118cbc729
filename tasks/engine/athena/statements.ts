import { type AthenaSession, AthenaStatementError, runStatement, type StatementResult } from '../../platform/athena';
import { DataRefusedError, exitCodes, InternalError, TerminatedError } from '../../platform/errors';

/** What the statements of a run took. */
export interface StatementUsage {
	readonly statements: number;
	readonly scanned_bytes: number;
}

/** Tries of a statement that fails for a reason of Athena's. */
const maxTries = 3;

/** What Athena says where the data, or a damaged file, make a statement fail. */
const dataErrors =
	/^(NUMERIC_VALUE_OUT_OF_RANGE|INVALID_CAST_ARGUMENT|DIVISION_BY_ZERO|\w+_BAD_DATA|\w+_CANNOT_OPEN_SPLIT|\w+_CURSOR_ERROR)\b/;

/** Runs the statements of a run, and counts what they take. */
export class Statements {
	private count = 0;
	private scanned = 0;

	private readonly stopped = new AbortController();
	private readonly running = new Set<Promise<unknown>>();
	private readonly session: AthenaSession;

	constructor(
		session: AthenaSession,
		/** Bytes that all statements together may scan. */
		private readonly maxScanned: number,
	) {
		this.session = { ...session, signal: AbortSignal.any([session.signal, this.stopped.signal]) };
	}

	get usage(): StatementUsage {
		return { statements: this.count, scanned_bytes: this.scanned };
	}

	/**
	 * Runs a statement, again where Athena itself failed; `build` gives its text for each try. Throws DataRefusedError where
	 * the data make it fail, ConfigurationError where the run scans more than it may, InternalError where the statement is
	 * wrong.
	 */
	run(build: () => string): Promise<StatementResult> {
		const result = this.runWithRetries(build);
		const ended: Promise<unknown> = result.catch(() => undefined).then(() => this.running.delete(ended));
		this.running.add(ended);
		return result;
	}

	/** Stops the statements that nobody waits for any more; resolves when they have ended. */
	async stop(): Promise<void> {
		if (this.running.size === 0) return;
		this.stopped.abort(new TerminatedError('The run has ended.'));
		await Promise.all(this.running);
	}

	private async runWithRetries(build: () => string): Promise<StatementResult> {
		for (let tries = 1; ; tries++) {
			this.count++;
			try {
				const result = await runStatement(
					{ ...this.session, maxScannedBytes: Math.max(0, this.maxScanned - this.scanned) },
					build(),
				);
				this.scanned += result.scannedBytes;
				return result;
			} catch (error) {
				if (!mayPass(error) || tries === maxTries || this.session.signal.aborted) throw explain(error);
			}
		}
	}
}

const mayPass = (error: unknown): boolean =>
	error instanceof AthenaStatementError && error.exitCode === exitCodes.tryAgain;

function explain(error: unknown): unknown {
	if (!(error instanceof AthenaStatementError) || error.exitCode !== exitCodes.dataRefused) return error;
	if (dataErrors.test(error.reason)) return new DataRefusedError(error.reason);
	return new InternalError(`Athena refuses a statement: ${error.reason} Please report this.`);
}
