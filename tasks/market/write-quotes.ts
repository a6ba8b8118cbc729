import { setTimeout as sleep } from 'node:timers/promises';
import {
	BatchExecuteStatementCommand,
	type BatchStatementRequest,
	type BatchStatementResponse,
	type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Quote } from '../generate/quotes/quote';
import { mapConcurrently } from '../platform/concurrency';
import { ConfigurationError, InternalError, TryAgainError } from '../platform/errors';

/** What writing needs of the world. */
export interface QuoteTable {
	readonly dynamodb: Pick<DynamoDBClient, 'send'>;
	readonly table: string;
	/** Told the write units that DynamoDB consumed. */
	readonly consumed: (units: number) => void;
	/** A number from 0 up to, and without, 1. */
	readonly random: () => number;
	/** No request begins after it is aborted. */
	readonly signal: AbortSignal;
}

/** What became of the quotes of a file. */
export interface Written {
	/** Of which the table had none before. */
	readonly added: number;
	/** That took the place of an older file's. */
	readonly replaced: number;
	/** That were there already, from this file or a newer one. */
	readonly superseded: number;
}

/** DynamoDB takes at most so many statements in one request. */
const statementsOfRequest = 25;
const parallelRequests = 2;
/** Waits before a statement that was throttled is tried again: at random up to 50 ms, 100 ms … 2 s; about 5 s in all. */
const backoff = { firstMs: 50, longestMs: 2000, tries: 9 } as const;

/**
 * Writes the quotes of one version of a file, each of them only where the table has none of an equal or newer version.
 * To write them again, or in whatever order with other versions, is harmless.
 *
 * A quote is inserted, and where one is there already it is replaced if that is older. Each statement is conditional,
 * and so many go in one request: a batch of puts knows no condition, a transaction does but costs twice as much.
 * Throws TryAgainError when DynamoDB keeps refusing, and the signal's reason when that is aborted.
 */
export async function writeQuotes(to: QuoteTable, quotes: readonly Quote[], version: string): Promise<Written> {
	const inserted = await execute(to, quotes, (quote) => insertInto(to.table, quote, version));
	const there = quotes.filter((_, index) => inserted[index] === 'DuplicateItem');
	const replaced = await execute(to, there, (quote) => replaceIn(to.table, quote, version));
	const superseded = replaced.filter((code) => code === 'ConditionalCheckFailed').length;
	return { added: quotes.length - there.length, replaced: there.length - superseded, superseded };
}

type Refusal = 'DuplicateItem' | 'ConditionalCheckFailed';
const isRefusal = (code: string): code is Refusal => code === 'DuplicateItem' || code === 'ConditionalCheckFailed';

/** Why each statement was refused, undefined where it was not; in the quotes' order. */
async function execute(
	to: QuoteTable,
	quotes: readonly Quote[],
	buildStatement: (quote: Quote) => BatchStatementRequest,
): Promise<(Refusal | undefined)[]> {
	const requests = Array.from({ length: Math.ceil(quotes.length / statementsOfRequest) }, (_, index) =>
		quotes.slice(index * statementsOfRequest, (index + 1) * statementsOfRequest).map(buildStatement),
	);
	return (await mapConcurrently(requests, parallelRequests, (statements) => settle(to, statements))).flat();
}

/** Sends statements, and those that were throttled again, until each is done or refused. */
async function settle(to: QuoteTable, statements: readonly BatchStatementRequest[]): Promise<(Refusal | undefined)[]> {
	const results: (Refusal | undefined)[] = statements.map(() => undefined);
	let pending = [...statements.keys()];
	let why = '';
	for (let attempt = 0; attempt < backoff.tries; attempt++) {
		if (attempt > 0) {
			const longest = Math.min(backoff.longestMs, backoff.firstMs * 2 ** (attempt - 1));
			await sleep(to.random() * longest, undefined, { signal: to.signal });
		}
		const responses = await send(
			to,
			pending.map((index) => statements[index] as BatchStatementRequest),
		);
		const again: number[] = [];
		for (const [at, index] of pending.entries()) {
			const { Code = '', Message = '' } = responses[at]?.Error ?? {};
			if (Code === '') continue;
			if (isRefusal(Code)) results[index] = Code;
			else {
				why = passing(to.table, Code, Message);
				again.push(index);
			}
		}
		if (again.length === 0) return results;
		pending = again;
	}
	throw new TryAgainError(
		`DynamoDB table ${to.table} still refuses ${pending.length} quotes after ${backoff.tries} tries (${why}). They are written when the message comes again.`,
	);
}

async function send(to: QuoteTable, Statements: BatchStatementRequest[]): Promise<readonly BatchStatementResponse[]> {
	to.signal.throwIfAborted();
	const command = new BatchExecuteStatementCommand({ Statements, ReturnConsumedCapacity: 'TOTAL' });
	const { Responses = [], ConsumedCapacity = [] } = await to.dynamodb.send(command);
	for (const { CapacityUnits = 0 } of ConsumedCapacity) to.consumed(CapacityUnits);
	return Responses;
}

/** Why a statement failed, where another try may do better; throws otherwise. */
function passing(table: string, code: string, message: string): string {
	if (code === 'ResourceNotFound') {
		throw new ConfigurationError(
			`DynamoDB has no table ${table} here. Deploy the stack, or name the table by SHOPLAKE_STOCK_DATA_TABLE (TABLE_NAME of the function).`,
		);
	}
	if (code === 'AccessDenied')
		throw new ConfigurationError(`DynamoDB table ${table} may not be written to: ${message}`);
	if (code === 'ValidationError') throw new InternalError(`DynamoDB does not understand a quote: ${message}`);
	return message || code;
}

/** Refused (`DuplicateItem`) where the table has a quote of that ticker and second. */
function insertInto(table: string, quote: Quote, version: string): BatchStatementRequest {
	const values = quoteAttributes(quote, version);
	const fields = Object.keys(values).map((name) => `'${name}':?`);
	return { Statement: `INSERT INTO "${table}" VALUE{${fields}}`, Parameters: Object.values(values) };
}

/** Refused (`ConditionalCheckFailed`) where the table's quote is of an equal or newer version, or not from a file at all. */
function replaceIn(table: string, quote: Quote, version: string): BatchStatementRequest {
	const { PK, SK, ...figures } = quoteAttributes(quote, version);
	const sets = Object.keys(figures).map((name) => `SET "${name}" = ?`);
	return {
		Statement: `UPDATE "${table}" ${sets.join(' ')} WHERE "PK" = ? AND "SK" = ? AND "version" < ?`,
		Parameters: [...Object.values(figures), PK, SK, figures.version],
	};
}

/** A quote as an item of the table; `version` is that of the file which it comes from. */
function quoteAttributes({ ticker, timestamp, open, high, low, close, volume }: Quote, version: string) {
	return {
		PK: { S: ticker },
		SK: { S: timestamp },
		open: { N: open },
		high: { N: high },
		low: { N: low },
		close: { N: close },
		volume: { N: volume },
		version: { S: version },
	};
}
