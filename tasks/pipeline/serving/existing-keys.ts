import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { type ExistingKey, keyNames, kpiTableNames } from './item-writes';
import { explainKpiTableError } from './table-errors';

/** Lists the keys of all items in the two tables. Throws ConfigurationError where a table is missing. */
export async function listExistingKeys({ aws, config, signal }: TaskContext): Promise<ExistingKey[]> {
	const dynamodb = await aws.dynamodb();
	const tables = kpiTableNames(config);
	const existing: ExistingKey[] = [];
	for (const target of ['category', 'order'] as const) {
		let next: Record<string, AttributeValue> | undefined;
		do {
			signal.throwIfAborted();
			const scan = new ScanCommand({
				TableName: tables[target],
				ProjectionExpression: keyNames[target].join(', '),
				ConsistentRead: true,
				ReturnConsumedCapacity: 'TOTAL',
				...(next ? { ExclusiveStartKey: next } : {}),
			});
			const page = await dynamodb.send(scan).catch((error: unknown) => {
				throw explainKpiTableError(error, [tables[target]]);
			});
			aws.meter.consume('read', page.ConsumedCapacity?.CapacityUnits ?? 0);
			for (const key of page.Items ?? []) existing.push({ target, key });
			next = page.LastEvaluatedKey;
		} while (next);
	}
	return existing;
}
