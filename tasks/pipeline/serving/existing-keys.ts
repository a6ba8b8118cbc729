import { paginateScan } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { type ExistingKey, keyNames, kpiTableNames } from './item-writes';
import { explainKpiTableError } from './table-errors';

/** Lists the keys of all items in the two tables. Throws ConfigurationError where a table is missing. */
export async function listExistingKeys({ aws, config, signal }: TaskContext): Promise<ExistingKey[]> {
	const dynamodb = await aws.dynamodb();
	const tables = kpiTableNames(config);
	const existing: ExistingKey[] = [];
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
				for (const key of Items) existing.push({ target, key });
				signal.throwIfAborted();
			}
		} catch (error) {
			throw explainKpiTableError(error, [tables[target]]);
		}
	}
	return existing;
}
