import { type AttributeValue, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../context';
import { ConfigurationError } from '../platform/errors';
import type { Outcome } from '../platform/result';

export interface ShowQuotesOptions {
	readonly table: string;
	readonly ticker: string;
	/** Seconds of UTC, both included. */
	readonly from?: string | undefined;
	readonly to?: string | undefined;
	/** The newest so many. */
	readonly limit: number;
}

/** Earlier and later than any second. */
const [earliest, latest] = ['0', '9'];

/** The newest quotes of a stock, within an interval where one is given; the oldest of them first. */
export async function showQuotes(
	context: TaskContext,
	{ table, ticker, from = earliest, to = latest, limit }: ShowQuotesOptions,
): Promise<Outcome> {
	const { aws } = context;
	const dynamodb = await aws.dynamodb();
	const query: QueryCommandInput = {
		TableName: table,
		KeyConditionExpression: 'PK = :ticker and SK between :from and :to',
		ExpressionAttributeValues: { ':ticker': { S: ticker }, ':from': { S: from }, ':to': { S: to } },
		ScanIndexForward: false,
		ReturnConsumedCapacity: 'TOTAL',
	};
	const items: Item[] = [];
	let after: Item | undefined;
	do {
		const page = new QueryCommand({
			...query,
			Limit: limit - items.length,
			...(after ? { ExclusiveStartKey: after } : {}),
		});
		const { Items = [], LastEvaluatedKey, ConsumedCapacity } = await dynamodb.send(page).catch(missingTable(table));
		aws.meter.consume('read', ConsumedCapacity?.CapacityUnits ?? 0);
		items.push(...Items);
		after = LastEvaluatedKey;
	} while (after && items.length < limit);
	return { status: 'shown', table, ticker, more: after !== undefined, quotes: items.reverse().map(toQuote) };
}

type Item = Record<string, AttributeValue>;

/** A quote as it is shown: figures as text, exact to the last digit. */
const toQuote = ({ SK, open, high, low, close, volume }: Item) => ({
	timestamp: SK?.S,
	...{ open: open?.N, high: high?.N, low: low?.N, close: close?.N, volume: volume?.N },
});

const missingTable = (table: string) => (error: Error) => {
	if (error.name !== 'ResourceNotFoundException') throw error;
	throw new ConfigurationError(
		`DynamoDB has no table ${table} here. Deploy the stack, or name the table by --stock-data-table.`,
	);
};
