import {
	type AthenaClient,
	AthenaServiceException,
	GetQueryExecutionCommand,
	GetQueryResultsCommand,
	type GetQueryResultsCommandOutput,
	type QueryExecution,
	StartQueryExecutionCommand,
	StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import type { TaskContext } from '../context';
import { ConfigurationError, DataRefusedError, TryAgainError } from '../platform/errors';
import { backOff } from '../platform/retry';
import {
	type ColumnKind,
	doubleText,
	type ResultColumn,
	type ResultRow,
	type ResultStream,
	timestampText,
} from './query-result';

/** Wait before each poll: random, up to 0.1 s, 0.2 s, … 2 s. */
const poll = { firstMs: 100, longestMs: 2000 } as const;
/** Athena's limit for a statement. */
const longestStatement = 262_144;

/**
 * Runs a statement on Athena and waits for its end; the rows arrive page by page. A stopped task stops the query, which
 * would otherwise go on to cost money. Throws DataRefusedError for bad SQL, ConfigurationError if the workgroup is not
 * set up, TryAgainError if Athena itself failed.
 */
export async function runOnAthena(
	context: Pick<TaskContext, 'aws' | 'config' | 'signal' | 'hold'>,
	{ file, sql }: { readonly file: string; readonly sql: string },
): Promise<ResultStream> {
	if (Buffer.byteLength(sql) > longestStatement) {
		throw new DataRefusedError(
			`${file}: Athena accepts statements of at most ${longestStatement} bytes, and this one has ${Buffer.byteLength(sql)}. Shorten it, or use --engine duckdb.`,
		);
	}
	const athena = await context.aws.athena();
	// Held from the start: a signal may arrive when Athena has the query but its id is still on the way.
	const execution = await context.hold(execute(athena, { file, sql }, context));
	const { State, StateChangeReason = 'no reason given', AthenaError } = execution.Status ?? {};
	if (State !== 'SUCCEEDED') {
		// Category 1 is an error of Athena, 2 of the statement, 3 of others.
		if (AthenaError?.Retryable || AthenaError?.ErrorCategory === 1 || State === 'CANCELLED') {
			throw new TryAgainError(`Athena ended the query as ${State}: ${StateChangeReason}`);
		}
		throw new DataRefusedError(`${file}: ${StateChangeReason.replace(/\s*\n\s*/g, ' ').trim()}`);
	}
	return results(athena, execution.QueryExecutionId ?? '', execution.StatementType === 'DML');
}

async function execute(
	athena: AthenaClient,
	{ file, sql }: { file: string; sql: string },
	{ config, signal }: Pick<TaskContext, 'config' | 'signal'>,
): Promise<QueryExecution> {
	signal.throwIfAborted();
	const id = await start(athena, sql, file, config);
	try {
		return await ended(athena, id, signal);
	} catch (error) {
		// Nobody waits for the query any more. An error of stopping it must not hide the cause.
		await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id })).catch(() => undefined);
		throw error;
	}
}

async function start(
	athena: AthenaClient,
	QueryString: string,
	file: string,
	{ database, workgroup }: { database: string; workgroup: string },
): Promise<string> {
	try {
		const { QueryExecutionId } = await athena.send(
			new StartQueryExecutionCommand({
				QueryString,
				WorkGroup: workgroup,
				QueryExecutionContext: { Database: database },
			}),
		);
		return QueryExecutionId ?? '';
	} catch (error) {
		if (!isInvalidRequest(error)) throw error;
		const isStatement = 'AthenaErrorCode' in error && error.AthenaErrorCode === 'MALFORMED_QUERY';
		if (isStatement || /line \d+:\d+|queryString/i.test(error.message)) {
			throw new DataRefusedError(`${file}: ${error.message}`);
		}
		throw new ConfigurationError(`Athena workgroup ${workgroup}: ${error.message} (SHOPLAKE_WORKGROUP names it.)`);
	}
}

async function ended(athena: AthenaClient, id: string, signal: AbortSignal): Promise<QueryExecution> {
	for (let attempt = 1; ; attempt++) {
		const { QueryExecution = {} } = await athena
			.send(new GetQueryExecutionCommand({ QueryExecutionId: id }), { abortSignal: signal })
			.catch((error: unknown) => {
				throw lost(error, `Athena does not return the state of query ${id}`);
			});
		const state = QueryExecution.Status?.State;
		if (state !== undefined && !['QUEUED', 'RUNNING'].includes(state))
			return { QueryExecutionId: id, ...QueryExecution };
		await backOff({ ...poll, signal }, attempt);
	}
}

/** The columns, from the first page, and a stream of all pages. The first row of a SELECT is its header. */
async function results(athena: AthenaClient, id: string, hasHeader: boolean): Promise<ResultStream> {
	const page = async (NextToken: string | undefined) =>
		athena
			.send(new GetQueryResultsCommand({ QueryExecutionId: id, ...(NextToken === undefined ? {} : { NextToken }) }))
			.catch((error: unknown) => {
				throw lost(error, `Athena does not return the results of query ${id}`);
			});
	const first = await page(undefined);
	const info = first.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
	const columns = info.map(({ Name = '', Type = '' }): ResultColumn => ({ name: Name, kind: typeKind(Type) }));
	const types = info.map(({ Type = '' }) => Type);
	return { columns, rows: pages(first, page, { types, hasHeader }) };
}

async function* pages(
	first: GetQueryResultsCommandOutput,
	next: (token: string) => Promise<GetQueryResultsCommandOutput>,
	{ types, hasHeader }: { types: readonly string[]; hasHeader: boolean },
): AsyncGenerator<ResultRow[]> {
	let header = hasHeader ? 1 : 0;
	for (let page = first; ; ) {
		const rows = page.ResultSet?.Rows ?? [];
		yield rows
			.slice(header)
			.map(({ Data = [] }) => types.map((type, index) => valueText(Data[index]?.VarCharValue, type)));
		// An empty page may be followed by others.
		header -= Math.min(header, rows.length);
		const token = page.NextToken;
		if (!token) return;
		page = await next(token);
		if (page.NextToken === token) throw new TryAgainError('Athena returns the same page of results again and again.');
	}
}

/** If Athena loses a query that it has accepted, that is not the statement's fault. */
function lost(error: unknown, what: string): unknown {
	return isInvalidRequest(error) ? new TryAgainError(`${what}: ${error.message}`) : error;
}

const isInvalidRequest = (error: unknown): error is AthenaServiceException =>
	error instanceof AthenaServiceException && error.name === 'InvalidRequestException';

const typeKind = (type: string): ColumnKind =>
	type === 'boolean'
		? 'boolean'
		: /^(tinyint|smallint|int|integer|bigint|decimal|double|float|real)$/.test(type)
			? 'number'
			: 'text';

function valueText(value: string | undefined, type: string): string | null {
	if (value === undefined) return null;
	if (type === 'double' || type === 'float' || type === 'real') return doubleText(value);
	return type.startsWith('timestamp') ? timestampText(value) : value;
}
