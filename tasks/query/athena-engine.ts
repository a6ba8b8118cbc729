import { setTimeout as sleep } from 'node:timers/promises';
import {
	type AthenaClient,
	AthenaServiceException,
	GetQueryExecutionCommand,
	paginateGetQueryResults,
	type QueryExecution,
	StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { ConfigurationError, DataRefusedError, TryAgainError } from '../shared/errors';
import { type Answer, doubleText, type Kind, timestampText } from './answer';
import { asLiteral, type Parameter, replaceParameters } from './parameters';

const firstPollMs = 100;
const slowestPollMs = 2000;

/**
 * Runs a statement on Athena and waits for its rows. Throws DataRefusedError for bad SQL, ConfigurationError where the
 * workgroup is not fit for it, TryAgainError where Athena itself failed.
 */
export async function runOnAthena(
	athena: AthenaClient,
	statement: {
		readonly file: string;
		readonly sql: string;
		readonly parameters: readonly (Parameter & { value: string })[];
	},
	options: { readonly database: string; readonly workgroup: string; readonly signal: AbortSignal },
): Promise<Answer> {
	const { file, sql, parameters } = statement;
	const literals = new Map(parameters.map((parameter) => [parameter.name, asLiteral(parameter)]));
	const id = await start(
		athena,
		replaceParameters(sql, (name) => literals.get(name) ?? ''),
		file,
		options,
	);
	const execution = await ended(athena, id, options.signal);
	const { State, StateChangeReason = 'no reason given', AthenaError } = execution.Status ?? {};
	if (State !== 'SUCCEEDED') {
		// Category 1 is Athena's own trouble, 2 the statement's, 3 others'.
		if (AthenaError?.Retryable || AthenaError?.ErrorCategory === 1 || State === 'CANCELLED') {
			throw new TryAgainError(`Athena ended the query as ${State}: ${StateChangeReason}`);
		}
		throw new DataRefusedError(`${file}: ${StateChangeReason.replace(/\s*\n\s*/g, ' ').trim()}`);
	}
	return resultsOf(athena, id, execution.StatementType === 'DML');
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
		if (!(error instanceof AthenaServiceException) || error.name !== 'InvalidRequestException') throw error;
		const isStatement = 'AthenaErrorCode' in error && error.AthenaErrorCode === 'MALFORMED_QUERY';
		if (isStatement || /line \d+:\d+/.test(error.message)) throw new DataRefusedError(`${file}: ${error.message}`);
		throw new ConfigurationError(`Athena workgroup ${workgroup}: ${error.message} (SHOPLAKE_WORKGROUP names it.)`);
	}
}

async function ended(athena: AthenaClient, QueryExecutionId: string, signal: AbortSignal): Promise<QueryExecution> {
	for (let wait = firstPollMs; ; wait = Math.min(wait * 1.5, slowestPollMs)) {
		const { QueryExecution = {} } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
		if (!['QUEUED', 'RUNNING'].includes(QueryExecution.Status?.State ?? '')) return QueryExecution;
		await sleep(wait, undefined, { signal });
	}
}

/** All pages; the first row of a SELECT's first page is its header. */
async function resultsOf(athena: AthenaClient, QueryExecutionId: string, hasHeader: boolean): Promise<Answer> {
	let columns: { name: string; type: string }[] | undefined;
	const rows: (string | null)[][] = [];
	for await (const { ResultSet } of paginateGetQueryResults({ client: athena }, { QueryExecutionId })) {
		const isFirst = columns === undefined;
		columns ??= (ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name = '', Type = '' }) => ({
			name: Name,
			type: Type,
		}));
		const types = columns.map(({ type }) => type);
		for (const { Data = [] } of (ResultSet?.Rows ?? []).slice(isFirst && hasHeader ? 1 : 0)) {
			rows.push(types.map((type, index) => textOf(Data[index]?.VarCharValue, type)));
		}
	}
	return { columns: (columns ?? []).map(({ name, type }) => ({ name, kind: kindOf(type) })), rows };
}

const kindOf = (type: string): Kind =>
	type === 'boolean'
		? 'boolean'
		: /^(tinyint|smallint|int|integer|bigint|decimal|double|float|real)$/.test(type)
			? 'number'
			: 'text';

function textOf(value: string | undefined, type: string): string | null {
	if (value === undefined) return null;
	if (type === 'double' || type === 'float' || type === 'real') return doubleText(value);
	return type.startsWith('timestamp') ? timestampText(value) : value;
}
