import { randomUUID } from 'node:crypto';
import { StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { ConfigurationError, exitCodes } from '../errors';
import type { RetryBudget } from '../retry';
import { type AthenaSession, isInvalidRequest, request } from './session';
import { AthenaStatementError } from './statement-error';

/** Athena's limit for a statement. */
const longestStatement = 262_144;

/**
 * Starts a statement once, however often it is sent: all tries have the same token. Returns its id, also where the signal
 * came while Athena may have had it: the caller can stop it then.
 */
export async function startStatement(session: AthenaSession, budget: RetryBudget, sql: string): Promise<string> {
	const { athena, workgroup, database, signal } = session;
	const bytes = Buffer.byteLength(sql);
	if (bytes > longestStatement) {
		throw refused(
			`Athena accepts statements of at most ${longestStatement} bytes, and this one has ${bytes}. Shorten it, or use --engine duckdb.`,
		);
	}
	const ClientRequestToken = randomUUID();
	let mayHaveStarted = false;
	const send = async (): Promise<string> => {
		const { QueryExecutionId = '' } = await athena.send(
			new StartQueryExecutionCommand({
				QueryString: sql,
				WorkGroup: workgroup,
				QueryExecutionContext: { Database: database },
				ClientRequestToken,
			}),
		);
		return QueryExecutionId;
	};
	try {
		return await request({ signal }, budget, () =>
			send().catch((error) => {
				// A refusal has a status below 500; anything else may have been lost on the way back.
				mayHaveStarted ||= !isRefusal(error);
				throw error;
			}),
		);
	} catch (error) {
		if (signal.aborted && mayHaveStarted) return send();
		throw explain(error, session);
	}
}

const isRefusal = ({ $metadata }: { $metadata?: { httpStatusCode?: number } }): boolean =>
	($metadata?.httpStatusCode ?? 500) < 500;

function explain(error: unknown, { workgroup, workgroupSetting = 'SHOPLAKE_WORKGROUP' }: AthenaSession): unknown {
	if (!isInvalidRequest(error)) return error;
	const isStatement = 'AthenaErrorCode' in error && error.AthenaErrorCode === 'MALFORMED_QUERY';
	if (isStatement || /line \d+:\d+|queryString/i.test(error.message)) return refused(error.message);
	return new ConfigurationError(`Athena workgroup ${workgroup}: ${error.message} (${workgroupSetting} names it.)`);
}

const refused = (reason: string) => new AthenaStatementError('FAILED', reason, exitCodes.dataRefused);
