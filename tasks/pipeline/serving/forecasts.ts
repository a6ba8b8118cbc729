import {
	type AttributeValue,
	DynamoDBServiceException,
	ScanCommand,
	UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { goldTables } from '../../contracts';
import { attach } from '../../lake/partitions';
import { mapConcurrently } from '../../platform/concurrency';
import { ConfigurationError, NoInputError } from '../../platform/errors';

const parallelUpdates = 16;

/** What became of the forecasts. */
export interface LoadedForecasts {
	/** Products that Gold has a forecast of. */
	readonly forecasts: number;
	/** Items that had another one. */
	readonly updated: number;
	/** Items of products that Gold does not know, which stay as they are. */
	readonly untouched: number;
}

/**
 * Puts Gold's forecast of the next 7 days into the items of the product catalogue, as `forecasted_demand`. Only items that
 * are there are touched, and of these only that attribute, where it differs. Throws NoInputError where Gold has no
 * forecast, ConfigurationError where there is no such table.
 */
export async function loadForecasts(
	context: TaskContext,
	{ dryRun = false }: { dryRun?: boolean } = {},
): Promise<LoadedForecasts> {
	const { productsTable: TableName } = context.config;
	const forecasts = await readForecasts(context);
	const items = await itemsIn(context, TableName);
	const stale = [...items].flatMap(([id, has]) => {
		const forecast = forecasts.get(id);
		return forecast === undefined || has === forecast ? [] : [{ id, forecast }];
	});
	const untouched = [...items.keys()].filter((id) => !forecasts.has(id)).length;
	const outcome = { forecasts: forecasts.size, untouched };
	if (dryRun) return { ...outcome, updated: stale.length };
	const updated = await mapConcurrently(stale, parallelUpdates, async ({ id, forecast }) => {
		context.signal.throwIfAborted();
		return update(context, TableName, id, forecast);
	});
	return { ...outcome, updated: updated.filter(Boolean).length };
}

/** Gold's forecasts by product, as DynamoDB writes whole numbers. */
async function readForecasts(context: TaskContext): Promise<Map<string, string>> {
	const lake = await context.lake();
	const manifest = await (await lake.newest()).table(goldTables.inventory_health.name);
	if (Object.keys(manifest.partitions).length === 0) {
		throw new NoInputError("Gold has no forecast yet: gold_inventory_health is empty. Run 'shoplake aggregate' first.");
	}
	const [duckdb, scratch] = [await context.duckdb(), await context.scratch()];
	await attach({ store: lake.store, duckdb, scratch }, goldTables.inventory_health, manifest, { as: 'inventory' });
	const rows = await duckdb.rows('select product_id, forecasted_demand from inventory');
	return new Map(rows.map(({ product_id, forecasted_demand }) => [String(product_id), String(forecasted_demand)]));
}

/** The forecasts that the catalogue's items have; undefined where one has none. */
async function itemsIn({ aws }: TaskContext, TableName: string): Promise<Map<string, string | undefined>> {
	const dynamodb = await aws.dynamodb();
	const found = new Map<string, string | undefined>();
	let next: Record<string, AttributeValue> | undefined;
	do {
		const page = await dynamodb
			.send(
				new ScanCommand({
					TableName,
					ProjectionExpression: 'product_id, forecasted_demand',
					ReturnConsumedCapacity: 'TOTAL',
					...(next ? { ExclusiveStartKey: next } : {}),
				}),
			)
			.catch((error: unknown) => {
				throw explained(error, TableName);
			});
		aws.meter.consume('read', page.ConsumedCapacity?.CapacityUnits ?? 0);
		for (const { product_id, forecasted_demand } of page.Items ?? []) {
			if (product_id?.S !== undefined) found.set(product_id.S, forecasted_demand?.N);
		}
		next = page.LastEvaluatedKey;
	} while (next);
	return found;
}

/** Whether the item is there still. */
async function update({ aws }: TaskContext, TableName: string, id: string, forecast: string): Promise<boolean> {
	try {
		const { ConsumedCapacity } = await (await aws.dynamodb()).send(
			new UpdateItemCommand({
				TableName,
				Key: { product_id: { S: id } },
				UpdateExpression: 'set forecasted_demand = :forecast',
				ConditionExpression: 'attribute_exists(product_id)',
				ExpressionAttributeValues: { ':forecast': { N: forecast } },
				ReturnConsumedCapacity: 'TOTAL',
			}),
		);
		aws.meter.consume('write', ConsumedCapacity?.CapacityUnits ?? 0);
		return true;
	} catch (error) {
		if (error instanceof DynamoDBServiceException && error.name === 'ConditionalCheckFailedException') return false;
		throw error;
	}
}

function explained(error: unknown, table: string): unknown {
	if (!(error instanceof DynamoDBServiceException && error.name === 'ResourceNotFoundException')) return error;
	return new ConfigurationError(
		`DynamoDB has no table ${table} here. Deploy the stack, or set SHOPLAKE_PRODUCTS_TABLE to another.`,
	);
}
