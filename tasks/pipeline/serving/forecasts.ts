import { DynamoDBServiceException, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { goldTables } from '../../contracts';
import { explainMissingTable } from '../../platform/aws/missing-table';
import { mapConcurrently } from '../../platform/concurrency';
import { NoInputError } from '../../platform/errors';

const parallelUpdates = 16;

/** What a load of forecasts did. */
export interface LoadedForecasts {
	/** Products that Gold has a forecast of. */
	readonly forecasts: number;
	/** Items that had another forecast. */
	readonly updated: number;
	/** Items of products that Gold does not have: they stay as they are. */
	readonly untouched: number;
}

/**
 * Writes Gold's forecast of the next 7 days to the items of the product catalogue, as `forecasted_demand`. Changes existing
 * items only, and only where the attribute differs. Throws NoInputError where Gold has no forecast, ConfigurationError
 * where the table is missing.
 */
export async function loadForecasts(
	context: TaskContext,
	{ dryRun = false }: { dryRun?: boolean } = {},
): Promise<LoadedForecasts> {
	const { productsTable: TableName } = context.config;
	const forecasts = await readForecasts(context);
	const items = await readItemForecasts(context, TableName);
	const stale = [...items].flatMap(([id, has]) => {
		const forecast = forecasts.get(id);
		return forecast === undefined || has === forecast ? [] : [{ id, forecast }];
	});
	const untouched = [...items.keys()].filter((id) => !forecasts.has(id)).length;
	const outcome = { forecasts: forecasts.size, untouched };
	if (dryRun) return { ...outcome, updated: stale.length };
	const updated = await mapConcurrently(
		stale,
		parallelUpdates,
		({ id, forecast }) => updateForecast(context, TableName, id, forecast),
		context.signal,
	);
	return { ...outcome, updated: updated.filter(Boolean).length };
}

/** Gold's forecasts by product, as DynamoDB writes whole numbers. */
async function readForecasts(context: TaskContext): Promise<Map<string, string>> {
	const lake = await context.lake();
	const manifest = await (await lake.newest()).table(goldTables.inventory_health.name);
	if (Object.keys(manifest.partitions).length === 0) {
		throw new NoInputError("Gold has no forecast yet: gold_inventory_health is empty. Run 'shoplake aggregate' first.");
	}
	const engine = await context.engine();
	const inventory = await engine.attach(goldTables.inventory_health, manifest);
	const rows = await engine.duckdb.rows(`select product_id, forecasted_demand from ${inventory.name}`);
	return new Map(rows.map(({ product_id, forecasted_demand }) => [String(product_id), String(forecasted_demand)]));
}

/** The forecasts in the catalogue's items, by product; undefined where an item has none. */
async function readItemForecasts({ aws }: TaskContext, TableName: string): Promise<Map<string, string | undefined>> {
	const dynamodb = await aws.dynamodb();
	const found = new Map<string, string | undefined>();
	const scan = {
		TableName,
		ProjectionExpression: 'product_id, forecasted_demand',
		ReturnConsumedCapacity: 'TOTAL',
	} as const;
	try {
		for await (const { Items = [], ConsumedCapacity } of paginateScan({ client: dynamodb }, scan)) {
			aws.meter.consume('read', ConsumedCapacity?.CapacityUnits ?? 0);
			for (const { product_id, forecasted_demand } of Items) {
				if (product_id?.S !== undefined) found.set(product_id.S, forecasted_demand?.N);
			}
		}
	} catch (error) {
		throw explainMissingTable(error, TableName, 'Deploy the stack, or set SHOPLAKE_PRODUCTS_TABLE to another.');
	}
	return found;
}

/** Updates the forecast of an item; says whether the item still exists. */
async function updateForecast({ aws }: TaskContext, TableName: string, id: string, forecast: string): Promise<boolean> {
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
