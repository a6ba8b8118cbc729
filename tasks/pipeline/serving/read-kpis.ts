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
import type { Answer } from '../../query';
import { keyFault } from './item-limits';
import { explained } from './no-table';

/** Which KPIs, of which dates; both ends included, and open where they are not given. */
export interface KpiQuery {
	readonly kind: 'category' | 'orders';
	/** The category's name, where `kind` is that. */
	readonly category?: string;
	readonly from?: string | undefined;
	readonly to?: string | undefined;
}

/** A row of KPIs: figures as DynamoDB writes them, exact. */
export type KpiRow = Readonly<Record<string, string>>;

/** DynamoDB gives at most so many items for one BatchGetItem. */
const keysAtATime = 100;
/** Up to so many dates are asked for by name; reading the whole table, an item a day, is cheaper beyond that. */
const mostDatesByName = 100;
const dayMs = 86_400_000;

/** Tries in a row in which DynamoDB answers for no key at all, about ten seconds in all. */
const refusals = { firstMs: 50, longestMs: 2000, tries: 10 };

/** The KPIs as they are printed: dates first, decimals with all of their places, as `query` writes them. */
export async function kpiAnswer(context: TaskContext, query: KpiQuery): Promise<Answer> {
	const { columns } = query.kind === 'category' ? goldTables.category_kpis : goldTables.order_kpis;
	const shown = [{ name: 'order_date', type: 'date' }, ...columns];
	const rows = await queryKpis(context, query);
	return {
		columns: shown.map(({ name, type }) => ({ name, kind: /^(date|string)$/.test(type) ? 'text' : 'number' })),
		rows: rows.map((row) => shown.map(({ name, type }) => inFull(row[name] ?? null, type))),
	};
}

/** A decimal with the places of its type, which DynamoDB leaves out where they are zeros. */
function inFull(value: string | null, type: string): string | null {
	const [, scale] = /^decimal\(\d+,(\d+)\)$/.exec(type) ?? [];
	if (value === null || scale === undefined || !/^-?\d+(\.\d+)?$/.test(value)) return value;
	const [whole, fraction = ''] = value.split('.');
	return `${whole}.${fraction.padEnd(Number(scale), '0')}`;
}

/**
 * The KPIs that DynamoDB has, by date. Throws UsageError where no item can have the category, ConfigurationError where the table is missing, TryAgainError where
 * DynamoDB keeps leaving keys out because the table's capacity is used up.
 */
export async function queryKpis(
	context: TaskContext,
	query: KpiQuery,
	random: () => number = Math.random,
): Promise<KpiRow[]> {
	const { categoryKpisTable, orderKpisTable } = context.config;
	const fault = query.kind === 'category' && keyFault(['category'], { category: { S: query.category ?? '' } });
	if (fault) throw new UsageError(`There are no KPIs of such a category: ${fault}.`);
	const dynamodb = await context.aws.dynamodb();
	const TableName = query.kind === 'category' ? categoryKpisTable : orderKpisTable;
	const items = await (query.kind === 'category'
		? ofCategory(dynamodb, TableName, query)
		: ofOrders(dynamodb, TableName, query, { random, signal: context.signal })
	).catch((error: unknown) => {
		throw explained(error, [TableName]);
	});
	const rows = items.map((item) =>
		Object.fromEntries(Object.entries(item).map(([name, value]) => [name, value.N ?? value.S ?? ''])),
	);
	return rows.sort((a, b) => ((a.order_date ?? '') < (b.order_date ?? '') ? -1 : 1));
}

type Item = Record<string, AttributeValue>;
type Patience = { readonly random: () => number; readonly signal: AbortSignal };

async function ofCategory(
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

async function ofOrders(
	client: DynamoDBClient,
	TableName: string,
	{ from, to }: KpiQuery,
	patience: Patience,
): Promise<Item[]> {
	if (from !== undefined && to !== undefined && Date.parse(to) - Date.parse(from) < mostDatesByName * dayMs) {
		return byName(client, TableName, listDates({ from, to }), patience);
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

/** DynamoDB may leave out keys that it has no capacity for: they are asked for again, after a wait. */
async function byName(
	client: DynamoDBClient,
	TableName: string,
	dates: readonly string[],
	patience: Patience,
): Promise<Item[]> {
	const items: Item[] = [];
	let keys = dates.map((date) => ({ order_date: { S: date } }) as Item);
	for (let refused = 0; keys.length > 0; ) {
		const asked = keys.slice(0, keysAtATime);
		const { Responses = {}, UnprocessedKeys = {} } = await client.send(
			new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: asked } } }),
		);
		items.push(...(Responses[TableName] ?? []));
		const left = UnprocessedKeys[TableName]?.Keys ?? [];
		keys = [...left, ...keys.slice(asked.length)];
		refused = left.length < asked.length ? 0 : refused + 1;
		if (refused === refusals.tries) {
			throw new TryAgainError(
				`DynamoDB table ${TableName} answers for none of ${asked.length} dates after ${refused} tries: its read capacity is used up. Run the same command again later.`,
			);
		}
		if (left.length > 0) await backOff({ ...refusals, ...patience }, refused + 1);
	}
	return items;
}
