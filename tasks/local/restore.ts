import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../context';
import { crawl } from '../pipeline/catalog';
import { loadKpis } from '../pipeline/serving';

/**
 * After MiniStack has lost its in-memory state: restores Glue and DynamoDB to the newest head, from the lake's files. The items of
 * the KPI tables are deleted first, because they may be outdated.
 */
export async function restoreTables(context: TaskContext): Promise<void> {
	const { log, config } = context;
	const { number } = (await (await context.lake()).newest()).head;
	if (number === 0) return;
	log.info(`Restoring the tables of Glue and the KPIs of DynamoDB from the lake (head ${number}) …`);
	await crawl(context.step('crawl'));
	const dynamodb = await context.aws.dynamodb();
	const { goldTables } = await context.project();
	const own = goldTables.flatMap(({ serving }) => serving?.table ?? []);
	for (const table of [config.categoryKpisTable, config.orderKpisTable, ...own]) await deleteItems(dynamodb, table);
	await loadKpis(context.step('load-kpis'), { kind: 'all' }, { full: true });
}

async function deleteItems(dynamodb: DynamoDBClient, TableName: string): Promise<void> {
	const { DeleteItemCommand, DescribeTableCommand, paginateScan } = await import('@aws-sdk/client-dynamodb');
	const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
	const keys = (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName);
	for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName })) {
		for (const item of Items) {
			const Key = Object.fromEntries(keys.flatMap((key) => (item[key] ? [[key, item[key]]] : [])));
			await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
		}
	}
}
