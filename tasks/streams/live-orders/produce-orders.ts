import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBServiceException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { ConfigurationError, TryAgainError } from '../../platform/errors';
import { isPassing } from '../../platform/failure';
import type { Outcome } from '../../platform/result';
import { type LiveOrder, randomOrder } from './random-order';

export interface ProduceOptions {
	readonly table: string;
	readonly intervalMs: number;
	/** Orders to put; undefined for as many as come until a signal. */
	readonly count?: number | undefined;
	readonly dryRun: boolean;
	/** A number from 0 up to, and without, 1. */
	readonly random?: () => number;
}

/** Waits after a try that was throttled or not answered: at random up to 0.2 s, 0.4 s, … 10 s; about two minutes in all. */
const backoff = { firstMs: 200, longestMs: 10_000, tries: 24 } as const;

/**
 * Puts one random order after another into a table, one an interval, until a signal or the count ends it. What is
 * throttled is put as soon as the table takes it, and the next order an interval later: a delay makes no burst.
 */
export async function produceOrders(
	context: TaskContext,
	{ table, intervalMs, count = Number.POSITIVE_INFINITY, dryRun, random = Math.random }: ProduceOptions,
): Promise<Outcome> {
	const { log, signal } = context;
	if (dryRun)
		return { status: 'planned', table, interval_seconds: intervalMs / 1000, example: toItem(randomOrder(random)) };
	let orders = 0;
	let throttled = 0;
	let dueAt = performance.now();
	while (orders < count && !signal.aborted) {
		const order = randomOrder(random);
		const tries = await putUntilTaken(context, table, order, random);
		if (tries === undefined) break;
		orders++;
		throttled += tries - 1;
		log.info(`Order ${order.orderid}: ${order.quantity} × ${order.product_name} at ${formatAmount(order)}`);
		dueAt = Math.max(dueAt + intervalMs, performance.now());
		if (orders < count) await pause(dueAt - performance.now(), signal);
	}
	return { status: orders < count ? 'terminated' : 'produced', table, orders, throttled };
}

/** Puts an order, again and again where the table has no room; the tries it took, undefined where a signal came first. */
async function putUntilTaken(
	{ aws, log, signal }: TaskContext,
	table: string,
	order: LiveOrder,
	random: () => number,
): Promise<number | undefined> {
	const dynamodb = await aws.dynamodb();
	for (let attempt = 1; ; attempt++) {
		try {
			const command = new PutItemCommand({ TableName: table, Item: toItem(order), ReturnConsumedCapacity: 'TOTAL' });
			const { ConsumedCapacity } = await dynamodb.send(command);
			aws.meter.consume('write', ConsumedCapacity?.CapacityUnits ?? 0);
			return attempt;
		} catch (error) {
			const why = passing(error, table);
			if (attempt === backoff.tries) {
				throw new TryAgainError(
					`DynamoDB table ${table} has not taken an order in ${attempt} tries (${why}). Run the same command again later.`,
				);
			}
			log.warn(`Order ${order.orderid} has to wait: ${why}`);
		}
		await pause(random() * Math.min(backoff.longestMs, backoff.firstMs * 2 ** (attempt - 1)), signal);
		if (signal.aborted) return undefined;
	}
}

/** Why a try failed, in a few words, where another may do better; throws otherwise. */
function passing(error: unknown, table: string): string {
	const { name, message } = error as Error;
	if (error instanceof DynamoDBServiceException && name === 'ResourceNotFoundException') {
		throw new ConfigurationError(
			`DynamoDB has no table ${table} here. Deploy it, or name another by --table; --region says where it is.`,
		);
	}
	if (!isPassing(error)) throw error;
	return message || name;
}

const formatAmount = ({ cents }: LiveOrder) => (cents / 100).toFixed(2);

const toItem = (order: LiveOrder) => ({
	orderid: { S: order.orderid },
	product_name: { S: order.product_name },
	quantity: { N: String(order.quantity) },
	price: { N: formatAmount(order) },
});

/** Waits, but not beyond a signal. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
	sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
