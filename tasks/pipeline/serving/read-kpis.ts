import {
	type AttributeValue,
	BatchGetItemCommand,
	type DynamoDBClient,
	paginateQuery,
	paginateScan,
	type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { goldTables } from '../../contracts';
import { listDates } from '../../platform/dates';
import { TryAgainError, UsageError } from '../../platform/errors';
import { backOff } from '../../platform/retry';
import type { QueryResult } from '../../query';
import { describeKeyFault } from './item-limits';
import { explainKpiTableError } from './table-errors';

/** Which KPIs, of which dates; both ends included, and open where they are not given. */
export interface KpiQuery {
	readonly kind: 'category' | 'orders';
	/** The category's name, where `kind` is `category`. */
	readonly category?: string;
	readonly from?: string | undefined;
	readonly to?: string | undefined;
}

/** A row of KPIs: figures as DynamoDB writes them, exact. */
export type KpiRow = Readonly<Record<string, string>>;

/** Keys that DynamoDB takes in one BatchGetItem. */
const maxKeysPerRequest = 100;
/** Up to this many dates are read by key; beyond that a scan of the table (an item a day) is cheaper. */
const maxDatesByKey = 100;
const dayMs = 86_400_000;

/** Limits of retries in a row in which DynamoDB answers for no key at all; about ten seconds in all. */
const retryLimits = { firstMs: 50, longestMs: 2000, tries: 10 };

/** The KPIs as they are printed: dates first, decimals with all of their places, as `query` prints them. */
export async function kpiAnswer(context: TaskContext, query: KpiQuery): Promise<QueryResult> {
	const { columns } = query.kind === 'category' ? goldTables.category_kpis : goldTables.order_kpis;
	const columnsShown = [{ name: 'order_date', type: 'date' }, ...columns];
	const rows = await queryKpis(context, query);
	return {
		columns: columnsShown.map(({ name, type }) => ({ name, kind: /^(date|string)$/.test(type) ? 'text' : 'number' })),
		rows: rows.map((row) => columnsShown.map(({ name, type }) => padDecimal(row[name] ?? null, type))),
	};
}

/** A decimal with the places of its type, which DynamoDB leaves out where they are zeros. */
function padDecimal(value: string | null, type: string): string | null {
	const [, scale] = /^decimal\(\d+,(\d+)\)$/.exec(type) ?? [];
	if (value === null || scale === undefined || !/^-?\d+(\.\d+)?$/.test(value)) return value;
	const [whole, fraction = ''] = value.split('.');
	return `${whole}.${fraction.padEnd(Number(scale), '0')}`;
}

/**
 * The KPIs in DynamoDB, by date. Throws UsageError where no item can have the category, ConfigurationError where the table
 * is missing, TryAgainError where DynamoDB keeps leaving out keys because the table's capacity is used up.
 */
export async function queryKpis(
	context: TaskContext,
	query: KpiQuery,
	random: () => number = Math.random,
): Promise<KpiRow[]> {
	const { categoryKpisTable, orderKpisTable } = context.config;
	const fault = query.kind === 'category' && describeKeyFault(['category'], { category: { S: query.category ?? '' } });
	if (fault) throw new UsageError(`There are no KPIs of such a category: ${fault}.`);
	const dynamodb = await context.aws.dynamodb();
	const TableName = query.kind === 'category' ? categoryKpisTable : orderKpisTable;
	const items = await (query.kind === 'category'
		? readCategoryKpis(dynamodb, TableName, query)
		: readOrderKpis(dynamodb, TableName, query, { random, signal: context.signal })
	).catch((error: unknown) => {
		throw explainKpiTableError(error, [TableName]);
	});
	const rows = items.map((item) =>
		Object.fromEntries(Object.entries(item).map(([name, value]) => [name, value.N ?? value.S ?? ''])),
	);
	return rows.sort((a, b) => ((a.order_date ?? '') < (b.order_date ?? '') ? -1 : 1));
}

type Item = Record<string, AttributeValue>;
type BackoffOptions = { readonly random: () => number; readonly signal: AbortSignal };

async function readCategoryKpis(
	client: DynamoDBClient,
	TableName: string,
	{ category = '', from = '0000-01-01', to = '9999-12-31' }: KpiQuery,
): Promise<Item[]> {
	const input: QueryCommandInput = {
		TableName,
		KeyConditionExpression: 'category = :category and order_date between :from and :to',
		ExpressionAttributeValues: { ':category': { S: category }, ':from': { S: from }, ':to': { S: to } },
	};
	const items: Item[] = [];
	for await (const { Items = [] } of paginateQuery({ client }, input)) items.push(...Items);
	return items;
}

async function readOrderKpis(
	client: DynamoDBClient,
	TableName: string,
	{ from, to }: KpiQuery,
	backoffOptions: BackoffOptions,
): Promise<Item[]> {
	if (from !== undefined && to !== undefined && Date.parse(to) - Date.parse(from) < maxDatesByKey * dayMs) {
		return getDates(client, TableName, listDates({ from, to }), backoffOptions);
	}
	const items: Item[] = [];
	const input = {
		TableName,
		FilterExpression: 'order_date between :from and :to',
		ExpressionAttributeValues: { ':from': { S: from ?? '0000-01-01' }, ':to': { S: to ?? '9999-12-31' } },
	};
	for await (const { Items = [] } of paginateScan({ client }, input)) items.push(...Items);
	return items;
}

/** Reads dates by key. DynamoDB leaves out keys that it has no capacity for: they are read again after a wait. */
async function getDates(
	client: DynamoDBClient,
	TableName: string,
	dates: readonly string[],
	backoffOptions: BackoffOptions,
): Promise<Item[]> {
	const items: Item[] = [];
	let keys = dates.map((date) => ({ order_date: { S: date } }) as Item);
	for (let refusedInARow = 0; keys.length > 0; ) {
		const asked = keys.slice(0, maxKeysPerRequest);
		const { Responses = {}, UnprocessedKeys = {} } = await client.send(
			new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: asked } } }),
		);
		items.push(...(Responses[TableName] ?? []));
		const left = UnprocessedKeys[TableName]?.Keys ?? [];
		keys = [...left, ...keys.slice(asked.length)];
		refusedInARow = left.length < asked.length ? 0 : refusedInARow + 1;
		if (refusedInARow === retryLimits.tries) {
			throw new TryAgainError(
				`DynamoDB table ${TableName} answers for none of ${asked.length} dates after ${refusedInARow} tries: its read capacity is used up. Run the same command again later.`,
			);
		}
		if (left.length > 0) await backOff({ ...retryLimits, ...backoffOptions }, refusedInARow + 1);
	}
	return items;
}
