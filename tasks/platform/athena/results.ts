import { GetQueryResultsCommand, type GetQueryResultsCommandOutput } from '@aws-sdk/client-athena';
import { TryAgainError } from '../errors';
import type { RetryBudget } from '../retry';
import { type AthenaSession, lost, request } from './session';

/** The rows of a statement, page by page as they are read. */
export interface ResultPages {
	readonly columns: readonly { readonly name: string; readonly type: string }[];
	/** Values as Athena writes them; null is SQL's null. */
	readonly pages: AsyncIterable<(string | null)[][]>;
}

/** The columns of a statement's rows, from the first page, and a stream of all pages. The first row of a SELECT is its header. */
export async function openResults(
	session: Pick<AthenaSession, 'athena' | 'signal'>,
	budget: RetryBudget,
	{ id, hasHeader }: { readonly id: string; readonly hasHeader: boolean },
): Promise<ResultPages> {
	const fetchPage = (NextToken?: string) =>
		request(session, budget, () =>
			session.athena
				.send(new GetQueryResultsCommand({ QueryExecutionId: id, ...(NextToken === undefined ? {} : { NextToken }) }))
				.catch((error: unknown) => {
					throw lost(error, `Athena does not return the results of query ${id}`);
				}),
		);
	const first = await fetchPage();
	const info = first.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
	const columns = info.map(({ Name = '', Type = '' }) => ({ name: Name, type: Type }));
	return { columns, pages: readPages(first, fetchPage, { width: columns.length, hasHeader }) };
}

async function* readPages(
	first: GetQueryResultsCommandOutput,
	fetchNext: (token: string) => Promise<GetQueryResultsCommandOutput>,
	{ width, hasHeader }: { readonly width: number; readonly hasHeader: boolean },
): AsyncGenerator<(string | null)[][]> {
	let header = hasHeader ? 1 : 0;
	for (let page = first; ; ) {
		const rows = page.ResultSet?.Rows ?? [];
		yield rows
			.slice(header)
			.map(({ Data = [] }) => Array.from({ length: width }, (_, index) => Data[index]?.VarCharValue ?? null));
		// An empty page may be followed by others.
		header -= Math.min(header, rows.length);
		const token = page.NextToken;
		if (!token) return;
		page = await fetchNext(token);
		if (page.NextToken === token) throw new TryAgainError('Athena returns the same page of results again and again.');
	}
}
