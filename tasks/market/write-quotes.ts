import {
	type AttributeValue,
	BatchExecuteStatementCommand,
	type BatchExecuteStatementCommandOutput,
	type BatchStatementRequest,
	type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Quote } from '../generate/quotes/quote';
import { isMissingTable, missingTable } from '../platform/aws/missing-table';
import { mapConcurrently } from '../platform/concurrency';
import { ConfigurationError, InternalError, TryAgainError } from '../platform/errors';
import { backOff } from '../platform/retry';
import { expiryAttribute } from './expiry-attribute';

/** The table, and what writing to it depends on. */
export interface QuoteTable {
	readonly dynamodb: Pick<DynamoDBClient, 'send'>;
	readonly table: string;
	/** How many days after its second a quote expires; 0 for never. */
	readonly retentionDays: number;
	/** Called with the write units that DynamoDB consumed. */
	readonly consumed: (units: number) => void;
	/** A number from 0 up to, and without, 1. */
	readonly random: () => number;
	/** No request begins after it is aborted. */
	readonly signal: AbortSignal;
}

/** What became of the quotes of a file. */
export interface WriteCounts {
	/** New in the table. */
	readonly added: number;
	/** Written over an older file's quote. */
	readonly replaced: number;
	/** Not written: the table had the quote of this file or of a newer one already. */
	readonly superseded: number;
}

/** DynamoDB's limit of statements per request. */
const statementsPerRequest = 25;
const parallelRequests = 2;
const secondsOfDay = 86_400;
/** Waits before a throttled statement is retried: random, up to 50 ms, 100 ms, … 2 s; about 5 s in all. */
const retryBudget = { tries: 9, firstMs: 50, longestMs: 2000 } as const;

/**
 * Writes the quotes of one version of a file, each only if the table has none of an equal or newer version. Repeating it,
 * or writing versions in any order, is harmless.
 *
 * A quote is inserted; if the table has one already, that is replaced if it is older. Each statement is conditional, and
 * many go in one request: a batch of puts can't be conditional, and a transaction costs twice as much.
 * Throws TryAgainError when DynamoDB keeps throttling, and the signal's reason when that is aborted.
 */
export async function writeQuotes(to: QuoteTable, quotes: readonly Quote[], version: string): Promise<WriteCounts> {
	const inserts = await execute(to, quotes, (quote) => insertStatement(to, quote, version));
	const existing = [...quotes.keys()].filter((index) => inserts[index]?.refusal === 'DuplicateItem');
	const updates = await execute(to, existing, (index) => replaceStatement(to, quotes[index] as Quote, version));
	const counts = { added: quotes.length - existing.length, replaced: 0, superseded: 0 };
	for (const [at, index] of existing.entries()) {
		const { refusal, found, isResent } = updates[at] as Result;
		const isOurs = found?.version?.S === version;
		if (refusal === undefined || (isOurs && isResent)) counts.replaced++;
		else if (isOurs && inserts[index]?.isResent) counts.added++;
		else counts.superseded++;
	}
	return counts;
}

type Refusal = 'DuplicateItem' | 'ConditionalCheckFailed';
const isRefusal = (code: string): code is Refusal => code === 'DuplicateItem' || code === 'ConditionalCheckFailed';

interface Result {
	/** Why the statement was refused; undefined if it was executed. */
	readonly refusal?: Refusal;
	/** The item that it was refused for, if DynamoDB returns it. */
	readonly found?: Readonly<Record<string, AttributeValue>> | undefined;
	/** Whether the SDK sent the request again: then a first try whose response was lost may have executed the statement. */
	readonly isResent?: boolean;
}

/** The result of each statement, in the order of the items. */
async function execute<T>(
	to: QuoteTable,
	items: readonly T[],
	buildStatement: (item: T) => BatchStatementRequest,
): Promise<Result[]> {
	const requests = Array.from({ length: Math.ceil(items.length / statementsPerRequest) }, (_, index) =>
		items.slice(index * statementsPerRequest, (index + 1) * statementsPerRequest).map(buildStatement),
	);
	return (await mapConcurrently(requests, parallelRequests, (statements) => executeBatch(to, statements))).flat();
}

/** Sends statements, and retries the throttled ones, until each is executed or refused. */
async function executeBatch(to: QuoteTable, statements: readonly BatchStatementRequest[]): Promise<Result[]> {
	const results: Result[] = statements.map(() => ({}));
	let pending = [...statements.keys()];
	for (let attempt = 1; ; attempt++) {
		const batch = pending.map((index) => statements[index] as BatchStatementRequest);
		const { Responses = [], $metadata } = await send(to, batch);
		const throttled: number[] = [];
		let failure: Error | undefined;
		for (const [at, index] of pending.entries()) {
			const { Code = '', Message = '', Item } = Responses[at]?.Error ?? {};
			if (isRefusal(Code)) {
				results[index] = { refusal: Code, found: Item, isResent: ($metadata?.attempts ?? 1) > 1 };
			} else if (Code !== '') {
				failure = Object.assign(new Error(Message || Code), { $metadata });
				throwUnlessThrottled(to.table, Code, failure);
				throttled.push(index);
			}
		}
		if (!failure) return results;
		if (attempt >= retryBudget.tries) {
			throw new TryAgainError(
				`DynamoDB table ${to.table} still refuses ${throttled.length} quotes after ${attempt} tries (${failure.message}). They are written when the message is delivered again.`,
				{ cause: failure },
			);
		}
		pending = throttled;
		await backOff({ ...retryBudget, random: to.random, signal: to.signal }, attempt);
	}
}

async function send(to: QuoteTable, Statements: BatchStatementRequest[]): Promise<BatchExecuteStatementCommandOutput> {
	to.signal.throwIfAborted();
	const command = new BatchExecuteStatementCommand({ Statements, ReturnConsumedCapacity: 'TOTAL' });
	const output = await to.dynamodb.send(command);
	for (const { CapacityUnits = 0 } of output.ConsumedCapacity ?? []) to.consumed(CapacityUnits);
	return output;
}

/** Throws if a statement failed for a reason that a retry can't fix. */
function throwUnlessThrottled(table: string, code: string, cause: Error): void {
	if (isMissingTable(code)) {
		throw missingTable(
			table,
			'Deploy the stack, or name the table by SHOPLAKE_STOCK_DATA_TABLE (TABLE_NAME of the function).',
			{ cause },
		);
	}
	if (code === 'AccessDenied') {
		throw new ConfigurationError(`No permission to write to DynamoDB table ${table}: ${cause.message}`, { cause });
	}
	if (code === 'ValidationError') throw new InternalError(`DynamoDB rejects a statement: ${cause.message}`, { cause });
}

/** Refused (`DuplicateItem`) if the table has a quote of that ticker and second. */
function insertStatement({ table, retentionDays }: QuoteTable, quote: Quote, version: string): BatchStatementRequest {
	const values = quoteAttributes(quote, version, retentionDays);
	const fields = Object.keys(values).map((name) => `'${name}':?`);
	return { Statement: `INSERT INTO "${table}" VALUE{${fields}}`, Parameters: Object.values(values) };
}

/** Refused (`ConditionalCheckFailed`) if the table's quote is of an equal or newer version, or not from a file at all. */
function replaceStatement({ table, retentionDays }: QuoteTable, quote: Quote, version: string): BatchStatementRequest {
	const { PK, SK, ...figures } = quoteAttributes(quote, version, retentionDays);
	const sets = Object.keys(figures).map((name) => `SET "${name}" = ?`);
	const keeps = retentionDays > 0 ? [] : [`REMOVE "${expiryAttribute}"`];
	return {
		Statement: `UPDATE "${table}" ${[...sets, ...keeps].join(' ')} WHERE "PK" = ? AND "SK" = ? AND "version" < ?`,
		Parameters: [...Object.values(figures), PK, SK, figures.version],
		ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
	};
}

/** A quote as an item of the table; `version` is that of its file. */
function quoteAttributes(
	{ ticker, timestamp, open, high, low, close, volume }: Quote,
	version: string,
	retentionDays: number,
) {
	const expiry = Date.parse(timestamp) / 1000 + retentionDays * secondsOfDay;
	return {
		PK: { S: ticker },
		SK: { S: timestamp },
		open: { N: open },
		high: { N: high },
		low: { N: low },
		close: { N: close },
		volume: { N: volume },
		version: { S: version },
		...(retentionDays > 0 ? { [expiryAttribute]: { N: String(expiry) } } : {}),
	};
}
