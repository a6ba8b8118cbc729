import { setTimeout as sleep } from 'node:timers/promises';
import {
	type AthenaClient,
	GetQueryExecutionCommand,
	type QueryExecution,
	StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { ConfigurationError } from '../errors';
import { isRetryable } from '../failure';
import { type RetryBudget, withRetries } from '../retry';
import { openResults, type ResultPages } from './results';
import { type AthenaSession, isInvalidRequest, lost, request, retryBudget } from './session';
import { startStatement } from './start-statement';
import { statementError } from './statement-error';

/** Wait before each poll: this share of the time since the statement started, so that its end is seen soon; within bounds. */
const poll = { share: 0.2, shortestMs: 100, longestMs: 2000 } as const;
/** Tries to stop a statement, and how long its end is awaited then. */
const stopRetries = { tries: 5, firstMs: 100, longestMs: 1000, mayPass: isRetryable } as const;
const stopMs = 10_000;

/** A statement that has succeeded. */
export interface StatementResult {
	readonly id: string;
	readonly scannedBytes: number;
	/** Its rows, which Athena keeps; none of a CREATE TABLE AS. */
	results(): Promise<ResultPages>;
}

/**
 * Runs a statement and waits for its end. Aborting the session's signal stops the statement, which would otherwise go on to
 * cost money, waits until it has ended, and throws the signal's reason. Throws AthenaStatementError if the statement is
 * wrong or fails, ConfigurationError if the workgroup is not set up or the limit of bytes is exceeded, and what Athena
 * answers if it stays busy for longer than the budget.
 */
export async function runStatement(session: AthenaSession, sql: string): Promise<StatementResult> {
	const { hold = (work) => work } = session;
	const budget = retryBudget(session);
	// Held from the start: a signal may arrive when Athena has the query but its id is still on the way.
	const execution = await hold(execute(session, budget, sql));
	const { QueryExecutionId: id = '', StatementType, Status = {}, Statistics } = execution;
	if (Status.State !== 'SUCCEEDED') throw statementError(Status);
	return {
		id,
		scannedBytes: Statistics?.DataScannedInBytes ?? 0,
		results: () => openResults(session, budget, { id, hasHeader: StatementType === 'DML' }),
	};
}

async function execute(session: AthenaSession, budget: RetryBudget, sql: string): Promise<QueryExecution> {
	session.signal.throwIfAborted();
	const id = await startStatement(session, budget, sql);
	let ended: QueryExecution | undefined;
	try {
		ended = await waitForEnd(session, budget, id);
		return ended;
	} catch (error) {
		ended = await stop(session.athena, id);
		throw error;
	} finally {
		const { Status, Statistics } = ended ?? {};
		// Athena bills a cancelled query for what it has scanned, and a failed one not at all.
		if (ended && Status?.State !== 'FAILED') session.meter?.scan(Statistics?.DataScannedInBytes ?? 0);
	}
}

async function waitForEnd(session: AthenaSession, budget: RetryBudget, id: string): Promise<QueryExecution> {
	const { athena, signal, maxScannedBytes = Number.POSITIVE_INFINITY } = session;
	for (const began = Date.now(); ; ) {
		signal.throwIfAborted();
		const execution = await request(session, budget, () => describe(athena, id, signal));
		const scanned = execution.Statistics?.DataScannedInBytes ?? 0;
		if (scanned > maxScannedBytes) {
			throw new ConfigurationError(
				`Athena has scanned ${scanned} bytes for a query, and the limit leaves it ${maxScannedBytes}. Raise the limit, or let the query read less.`,
			);
		}
		if (hasEnded(execution)) return execution;
		await waitToPoll(began, signal);
	}
}

/**
 * Stops a statement that nobody waits for any more, and waits for its end, though not for ever. An error of stopping it must
 * not hide the cause.
 */
async function stop(athena: AthenaClient, id: string): Promise<QueryExecution | undefined> {
	try {
		await withRetries(stopRetries, () => athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }))).catch(
			(error: unknown) => {
				// One that has just ended can't be stopped; it may have scanned.
				if (!isInvalidRequest(error)) throw error;
			},
		);
		for (const began = Date.now(); Date.now() < began + stopMs; await waitToPoll(began)) {
			const execution = await withRetries(stopRetries, () => describe(athena, id));
			if (hasEnded(execution)) return execution;
		}
	} catch {
		// Nothing to do about it.
	}
	return undefined;
}

async function describe(athena: AthenaClient, id: string, abortSignal?: AbortSignal): Promise<QueryExecution> {
	const { QueryExecution = {} } = await athena
		.send(new GetQueryExecutionCommand({ QueryExecutionId: id }), abortSignal ? { abortSignal } : {})
		.catch((error: unknown) => {
			throw lost(error, `Athena does not return the state of query ${id}`);
		});
	return { QueryExecutionId: id, ...QueryExecution };
}

async function waitToPoll(began: number, signal?: AbortSignal): Promise<void> {
	const { share, shortestMs, longestMs } = poll;
	const wait = Math.min(longestMs, Math.max(shortestMs, share * (Date.now() - began)));
	await sleep(wait, undefined, signal ? { signal } : {});
}

const hasEnded = ({ Status }: QueryExecution): boolean =>
	Status?.State !== undefined && Status.State !== 'QUEUED' && Status.State !== 'RUNNING';
