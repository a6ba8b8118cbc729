import { type AttributeValue, DynamoDBServiceException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { makeCatalogue, type Product } from '../../generate';
import { mapConcurrently } from '../../platform/concurrency';
import { ConfigurationError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';

export interface SeedOptions {
	readonly table: string;
	/** Names the shop whose catalogue it is, as for `generate`. */
	readonly seed: string;
	readonly dryRun: boolean;
	/** A number from 0 up to, and without, 1. */
	readonly random?: () => number;
}

const parallelPuts = 8;
/** Units of a product in stock at first: from 0 up to this. */
const mostStock = 500;

/**
 * Writes the catalogue of a shop into a table, each product with a random stock and no demand forecast yet. A product that
 * is there already stays as it is: run again after a failure it adds what is missing, and changes no stock.
 */
export async function seedProducts(
	context: TaskContext,
	{ table, seed, dryRun, random = Math.random }: SeedOptions,
): Promise<Outcome> {
	const { products } = makeCatalogue(seed);
	if (dryRun) return { status: 'planned', table, products: products.length };
	const { aws, progress, signal } = context;
	const dynamodb = await aws.dynamodb();
	let written = 0;
	let done = 0;
	let failure: { readonly error: unknown } | undefined;
	await mapConcurrently(products, parallelPuts, async (product) => {
		if (failure || signal.aborted) return;
		try {
			const { ConsumedCapacity } = await dynamodb.send(
				new PutItemCommand({
					TableName: table,
					Item: productItem(product, Math.floor(random() * (mostStock + 1))),
					ConditionExpression: 'attribute_not_exists(product_id)',
					ReturnConsumedCapacity: 'TOTAL',
				}),
			);
			aws.meter.consume('write', ConsumedCapacity?.CapacityUnits ?? 0);
			written++;
		} catch (error) {
			if (!isThere(error)) failure ??= { error: explained(error, table) };
		}
		progress.update(`products in ${table}`, ++done, products.length);
	});
	progress.clear();
	if (failure) throw failure.error;
	signal.throwIfAborted();
	return { status: written > 0 ? 'published' : 'unchanged', table, products: products.length, written };
}

const isThere = (error: unknown): boolean =>
	error instanceof DynamoDBServiceException && error.name === 'ConditionalCheckFailedException';

function explained(error: unknown, table: string): unknown {
	if (!(error instanceof DynamoDBServiceException && error.name === 'ResourceNotFoundException')) return error;
	return new ConfigurationError(
		`DynamoDB has no table ${table} here. Deploy the stack, or name another table by --products-table.`,
	);
}

function productItem({ id, name, category, cents, rating }: Product, stock: number): Record<string, AttributeValue> {
	return {
		product_id: { S: id },
		product_name: { S: name },
		category: { S: category },
		price: { N: (cents / 100).toFixed(2) },
		...(rating === null ? {} : { rating: { N: String(rating) } }),
		current_stock: { N: String(stock) },
		forecasted_demand: { N: '0' },
	};
}
