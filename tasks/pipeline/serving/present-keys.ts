import { paginateScan } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { keyNames, type PresentKey } from './items';
import { explained } from './no-table';

/** The keys of all items that the two tables have, whoever wrote them. Throws ConfigurationError where one is missing. */
export async function presentKeys({ aws, config, signal }: TaskContext): Promise<PresentKey[]> {
	const dynamodb = await aws.dynamodb();
	const tables = { category: config.categoryKpisTable, order: config.orderKpisTable };
	const present: PresentKey[] = [];
	for (const target of ['category', 'order'] as const) {
		const scan = {
			TableName: tables[target],
			ProjectionExpression: keyNames[target].join(', '),
			ConsistentRead: true,
			ReturnConsumedCapacity: 'TOTAL',
		} as const;
		signal.throwIfAborted();
		try {
			for await (const { Items = [], ConsumedCapacity } of paginateScan({ client: dynamodb }, scan)) {
				aws.meter.consume('read', ConsumedCapacity?.CapacityUnits ?? 0);
				for (const key of Items) present.push({ target, key });
				signal.throwIfAborted();
			}
		} catch (error) {
			throw explained(error, [tables[target]]);
		}
	}
	return present;
}
