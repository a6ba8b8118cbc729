import { type AthenaClient, AthenaServiceException } from '@aws-sdk/client-athena';
import type { RequestMeter } from '../aws/cost';
import { TryAgainError } from '../errors';
import { isRetryable } from '../failure';
import { RetryBudget } from '../retry';

/** Where statements run, and under which conditions. */
export interface AthenaSession {
	readonly athena: AthenaClient;
	readonly workgroup: string;
	/** The variable that names the workgroup, for messages; `SHOPLAKE_WORKGROUP` by default. */
	readonly workgroupSetting?: string;
	/** The database of tables that a statement names without one. */
	readonly database: string;
	/** Stops the running statement. */
	readonly signal: AbortSignal;
	/** Marks work that the process may not end in the middle of. */
	readonly hold?: <T>(work: Promise<T>) => Promise<T>;
	/** How long all statements together may wait for Athena to accept requests; ten minutes a statement by default. */
	readonly retries?: RetryBudget;
	/** Counts the dollars of what is scanned. */
	readonly meter?: RequestMeter;
	/** A statement that scans more bytes than this is stopped. */
	readonly maxScannedBytes?: number;
}

const defaultBudgetMs = 600_000;
/** Wait before another request: random, up to 0.2 s, 0.4 s, … 20 s. A queue of statements empties slowly. */
const waits = { firstMs: 200, longestMs: 20_000 } as const;

/** The budget of a statement. */
export const retryBudget = ({ retries }: AthenaSession): RetryBudget => retries ?? new RetryBudget(defaultBudgetMs);

/**
 * Sends a request, and again while Athena is busy: throttled, at the limit of queued statements, failed, or not answering.
 * Throws its last error when the budget is used up, and the signal's reason once that is aborted.
 */
export async function request<T>(
	{ signal }: Pick<AthenaSession, 'signal'>,
	budget: RetryBudget,
	send: () => Promise<T>,
): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await send();
		} catch (error) {
			signal.throwIfAborted();
			if (!isRetryable(error) || !(await budget.wait({ ...waits, signal }, attempt))) throw error;
		}
	}
}

/** An error that blames the request. */
export const isInvalidRequest = (error: unknown): error is AthenaServiceException =>
	error instanceof AthenaServiceException && error.name === 'InvalidRequestException';

/** If Athena loses a query that it has accepted, that is not the statement's fault. */
export const lost = (error: unknown, what: string): unknown =>
	isInvalidRequest(error) ? new TryAgainError(`${what}: ${error.message}`) : error;
