import type { GetQueryExecutionOutput, GetQueryResultsOutput } from '@aws-sdk/client-athena';
import type { Execution } from './execution';

const longestStatement = 262_144;
const mostRowsOfPage = 1000;

/** An error that a request is answered with. */
export class RequestRefused extends Error {
	constructor(
		readonly type: string,
		message: string,
	) {
		super(message);
	}
}

interface Statements {
	readonly executions: readonly Execution[];
	start(sql: string, schema: string, token: string | undefined): Execution;
}

/** The documented answer to a request. */
type Action = (input: Readonly<Record<string, unknown>>, statements: Statements) => object | Promise<object>;

export const actions: Readonly<Partial<Record<string, Action>>> = {
	StartQueryExecution({ QueryString, QueryExecutionContext, ClientRequestToken }, { executions, start }) {
		const sql = String(QueryString);
		const token = ClientRequestToken === undefined ? undefined : String(ClientRequestToken);
		if (Buffer.byteLength(sql) > longestStatement) throw invalid('queryString: Member must have length at most 262144');
		if (token !== undefined && (token.length < 32 || token.length > 128))
			throw invalid('clientRequestToken: bad length');
		const earlier = executions.find((execution) => token !== undefined && execution.token === token);
		if (earlier && earlier.sql !== sql) throw invalid('Idempotent parameters do not match');
		const { Database = 'default' } = (QueryExecutionContext ?? {}) as { readonly Database?: string };
		return { QueryExecutionId: (earlier ?? start(sql, Database, token)).id };
	},
	GetQueryExecution({ QueryExecutionId }, { executions }) {
		return { QueryExecution: describe(find(executions, QueryExecutionId)) };
	},
	GetQueryResults({ QueryExecutionId, NextToken, MaxResults = mostRowsOfPage }, { executions }): GetQueryResultsOutput {
		const { sql, state, columns, rows } = find(executions, QueryExecutionId);
		if (state !== 'SUCCEEDED') throw invalid(`Query did not finish successfully. Final query state: ${state}`);
		if (Number(MaxResults) > mostRowsOfPage) throw invalid('MaxResults is more than maximum allowed length 1000.');
		const lines = [...(columns.length > 0 && !isUtility(sql) ? [columns.map(({ name }) => name)] : []), ...rows];
		const from = Number(NextToken ?? 0);
		const to = from + Number(MaxResults);
		const page = lines.slice(from, to).map((row) => ({
			Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
		}));
		const ColumnInfo = columns.map(({ name, type }) => ({ Name: name, Type: type.replace(/\(.*/, '') }));
		return {
			ResultSet: { Rows: page, ResultSetMetadata: { ColumnInfo } },
			...(to < lines.length ? { NextToken: String(to) } : {}),
		};
	},
	async StopQueryExecution({ QueryExecutionId }, { executions }) {
		await find(executions, QueryExecutionId).stop();
		return {};
	},
};

function describe(execution: Execution): GetQueryExecutionOutput['QueryExecution'] {
	const { id, sql, state, reason, category, submitted, scannedBytes } = execution;
	return {
		QueryExecutionId: id,
		Query: sql,
		StatementType: isUtility(sql) ? 'UTILITY' : 'DML',
		Status: {
			State: state,
			...(reason === undefined ? {} : { StateChangeReason: reason }),
			// The protocol has seconds here; the SDK's type is what it makes of them.
			SubmissionDateTime: (submitted / 1000) as unknown as Date,
			...(state === 'FAILED'
				? { AthenaError: { ErrorCategory: category, Retryable: category === 1, ErrorMessage: reason } }
				: {}),
		},
		Statistics: { DataScannedInBytes: scannedBytes },
	};
}

function find(executions: readonly Execution[], id: unknown): Execution {
	const found = executions.find((execution) => execution.id === id);
	if (!found) throw invalid(`QueryExecution ${id} was not found`);
	return found;
}

/** Its rows come without a header. */
const isUtility = (sql: string): boolean => /^\s*(explain|show|describe)\b/i.test(sql);

const invalid = (message: string) => new RequestRefused('InvalidRequestException', message);
