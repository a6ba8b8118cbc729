import type { TaskContext } from '../context';
import { type AthenaSession, AthenaStatementError, runStatement } from '../platform/athena';
import { DataRefusedError, exitCodes } from '../platform/errors';
import { RetryBudget } from '../platform/retry';
import {
	type ColumnKind,
	doubleText,
	type ResultColumn,
	type ResultRow,
	type ResultStream,
	timestampText,
} from './query-result';

/** How long a user waits for Athena to accept requests. */
const longestWaitMs = 60_000;

/**
 * Runs a statement on Athena and waits for its end; the rows arrive page by page. A stopped task stops the query. Throws
 * DataRefusedError for bad SQL, ConfigurationError if the workgroup is not set up, an error to try again if Athena itself
 * failed or stays busy.
 */
export async function runOnAthena(
	context: Pick<TaskContext, 'aws' | 'config' | 'signal' | 'hold'>,
	{ file, sql }: { readonly file: string; readonly sql: string },
	{ retries = new RetryBudget(longestWaitMs) }: Pick<AthenaSession, 'retries'> = {},
): Promise<ResultStream> {
	const { aws, config, signal, hold } = context;
	const { database, workgroup } = config;
	const session = { athena: await aws.athena(), database, workgroup, signal, hold, meter: aws.meter, retries };
	const result = await runStatement(session, sql).catch((error) => {
		if (!(error instanceof AthenaStatementError) || error.exitCode !== exitCodes.dataRefused) throw error;
		throw new DataRefusedError(`${file}: ${error.reason}`);
	});
	const { columns, pages } = await result.results();
	return {
		columns: columns.map(({ name, type }): ResultColumn => ({ name, kind: typeKind(type) })),
		rows: formatRows(
			pages,
			columns.map(({ type }) => type),
		),
	};
}

async function* formatRows(
	pages: AsyncIterable<(string | null)[][]>,
	types: readonly string[],
): AsyncGenerator<ResultRow[]> {
	for await (const rows of pages) {
		yield rows.map((row) => row.map((value, index) => valueText(value, types[index] ?? '')));
	}
}

const typeKind = (type: string): ColumnKind =>
	type === 'boolean'
		? 'boolean'
		: /^(tinyint|smallint|int|integer|bigint|decimal|double|float|real)$/.test(type)
			? 'number'
			: 'text';

function valueText(value: string | null, type: string): string | null {
	if (value === null) return null;
	if (type === 'double' || type === 'float' || type === 'real') return doubleText(value);
	return type.startsWith('timestamp') ? timestampText(value) : value;
}
