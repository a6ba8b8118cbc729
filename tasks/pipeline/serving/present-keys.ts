import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { keyNames, type PresentKey } from './items';
import { explained } from './no-table';

/** The keys of all items that the two tables have, whoever wrote them. Throws ConfigurationError where one is missing. */
export async function presentKeys({ aws, config, signal }: TaskContext): Promise<PresentKey[]> {
	const dynamodb = await aws.dynamodb();
	const tables = { category: config.categoryKpisTable, order: config.orderKpisTable };
	const present: PresentKey[] = [];
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
				throw explained(error, [tables[target]]);
			});
			aws.meter.consume('read', page.ConsumedCapacity?.CapacityUnits ?? 0);
			for (const key of page.Items ?? []) present.push({ target, key });
			next = page.LastEvaluatedKey;
		} while (next);
	}
	return present;
}
