import { isDeepStrictEqual } from 'node:util';
import { type AttributeValue, ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { makeCatalogue, type Product } from '../../generate';
import { explainMissingTable } from '../../platform/aws/missing-table';
import { mapConcurrently } from '../../platform/concurrency';
import type { Outcome } from '../../platform/result';

export interface SeedOptions {
	readonly table: string;
	/** The seed of the shop whose catalogue is written, as for `generate`. */
	readonly seed: string;
	readonly dryRun: boolean;
	/** A number from 0 up to, but excluding, 1. */
	readonly random?: () => number;
}

type Item = Record<string, AttributeValue>;

const parallelPuts = 8;
/** The initial stock of a product is from 0 to this many units. */
const maxStock = 500;

/**
 * Writes the catalogue of a shop into a table, each product with a random stock and no demand forecast. A product that is
 * there already stays as it is: run again after a failure, it adds the missing products and changes no stock.
 */
export async function seedProducts(
	context: TaskContext,
	{ table, seed, dryRun, random = Math.random }: SeedOptions,
): Promise<Outcome> {
	const { products } = makeCatalogue(seed);
	if (dryRun) return { status: 'planned', table, products: products.length };
	const { progress, signal } = context;
	let written = 0;
	let done = 0;
	const add = async (product: Product) => {
		try {
			const item = productItem(product, Math.floor(random() * (maxStock + 1)));
			if (await putUnlessThere(context, table, item)) written++;
		} catch (error) {
			throw explained(error, table);
		}
		progress.update(`products in ${table}`, ++done, products.length);
	};
	await mapConcurrently(products, parallelPuts, add, signal);
	progress.clear();
	return { status: written > 0 ? 'published' : 'unchanged', table, products: products.length, written };
}

/** Puts an item unless its product is there already; says whether it wrote the item. */
async function putUnlessThere({ aws }: TaskContext, TableName: string, Item: Item): Promise<boolean> {
	const put = new PutItemCommand({
		TableName,
		Item,
		ConditionExpression: 'attribute_not_exists(product_id)',
		ReturnConsumedCapacity: 'TOTAL',
		ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
	});
	try {
		const { ConsumedCapacity } = await (await aws.dynamodb()).send(put);
		aws.meter.consume('write', ConsumedCapacity?.CapacityUnits ?? 0);
		return true;
	} catch (error) {
		if (error instanceof ConditionalCheckFailedException) return isOwnWrite(error, Item);
		throw error;
	}
}

/**
 * Whether the item that is there is ours: DynamoDB stored it and its answer was lost, so the SDK sent it again. An item
 * that is there at the first attempt is somebody else's, even if it is the same.
 */
const isOwnWrite = ({ $metadata, Item: found }: ConditionalCheckFailedException, item: Item): boolean =>
	($metadata.attempts ?? 1) > 1 && found !== undefined && isDeepStrictEqual(comparable(found), comparable(item));

/** An item's values; DynamoDB drops the trailing zeros of numbers. */
const comparable = (item: Item) =>
	new Map(Object.entries(item).map(([name, { N, ...value }]) => [name, N === undefined ? value : Number(N)]));

const explained = (error: unknown, table: string): unknown =>
	explainMissingTable(error, table, 'Deploy the stack, or name another table by --products-table.');

function productItem({ id, name, category, cents, rating }: Product, stock: number): Item {
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
