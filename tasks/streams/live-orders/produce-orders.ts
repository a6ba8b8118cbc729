import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { isMissingTable, missingTable } from '../../platform/aws/missing-table';
import { TryAgainError } from '../../platform/errors';
import { isRetryable } from '../../platform/failure';
import type { Outcome } from '../../platform/result';
import { backOff } from '../../platform/retry';
import { type LiveOrder, randomOrder } from './random-order';

export interface ProduceOptions {
	readonly table: string;
	readonly intervalMs: number;
	/** Orders to put; undefined for no limit. */
	readonly count?: number | undefined;
	readonly dryRun: boolean;
	/** A number from 0 up to, and without, 1. */
	readonly random?: () => number;
}

/** Waits after a try that was throttled or not answered: random, up to 0.2 s, 0.4 s, … 10 s; about two minutes in all. */
const retryBudget = { tries: 24, firstMs: 200, longestMs: 10_000 } as const;

/**
 * Puts random orders into a table, one per interval, until a signal or the count ends it. A throttled order is put as soon
 * as the table takes it, and the next order follows an interval later: a delay causes no burst.
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

/** Puts an order, and retries until the table takes it. Returns the number of tries; undefined if a signal came first. */
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
			const reason = retryReason(error, table);
			if (attempt === retryBudget.tries) {
				throw new TryAgainError(
					`DynamoDB table ${table} has not taken an order in ${attempt} tries (${reason}). Run the same command again later.`,
				);
			}
			log.warn(`Order ${order.orderid} is retried: ${reason}`);
		}
		await backOff({ ...retryBudget, random, signal }, attempt).catch(() => undefined);
		if (signal.aborted) return undefined;
	}
}

/** Why a try failed, if a retry may succeed; throws the error otherwise. */
function retryReason(error: unknown, table: string): string {
	const { name, message } = error as Error;
	if (isMissingTable(name)) {
		throw missingTable(table, 'Deploy it, or name another by --table; --region says where it is.');
	}
	if (!isRetryable(error)) throw error;
	return message || name;
}

const formatAmount = ({ cents }: LiveOrder) => (cents / 100).toFixed(2);

const toItem = (order: LiveOrder) => ({
	orderid: { S: order.orderid },
	product_name: { S: order.product_name },
	quantity: { N: String(order.quantity) },
	price: { N: formatAmount(order) },
});

/** Waits; a signal ends it. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
	sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
