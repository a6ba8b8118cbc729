import { paginateScan } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import type { ExistingKey } from './item-writes';
import type { ServingSet } from './serving-set';
import { explainKpiTableError } from './table-errors';

/** Lists the keys of all items in the tables of a set. Throws ConfigurationError where a table is missing. */
export async function listExistingKeys({ aws, config, signal }: TaskContext, set: ServingSet): Promise<ExistingKey[]> {
	const dynamodb = await aws.dynamodb();
	const existing: ExistingKey[] = [];
	for (const { target, key, nameOf } of set.tables) {
		const TableName = nameOf(config);
		const names = Object.fromEntries(key.map((name, index) => [`#key${index}`, name]));
		const scan = {
			TableName,
			// A name may be a reserved word of DynamoDB.
			ProjectionExpression: Object.keys(names).join(', '),
			ExpressionAttributeNames: names,
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
			throw explainKpiTableError(error, [TableName], set.hint);
		}
	}
	return existing;
}
