import type { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { loadKpis, planKpiLoad } from '../../../../tasks/pipeline/serving';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { publish } from '../../../support/publish';

const date = '2026-11-20';

it('a load that is stopped while it writes releases its lease', async () => {
	const store = new MemoryStore();
	const stop = new AbortController();
	const { context, dispose } = testContext({ store, signal: stop.signal });
	const categories = Array.from({ length: 30 }, (_, index) => `('Category ${index}', 1.00, 1.00, 0, date '${date}')`);
	await publish(context, {
		gold_category_kpis: {
			rows: `select * from (values ${categories.join(', ')}) as kpis (category, daily_revenue, avg_order_value, avg_return_rate, order_date)`,
		},
	});
	const written: unknown[] = [];
	const dynamodb = {
		send: async ({ input }: BatchWriteItemCommand) => {
			written.push(input);
			stop.abort();
			return {};
		},
	} as unknown as DynamoDBClient;
	const aws = { ...context.aws, meter: context.aws.meter, dynamodb: async () => dynamodb };

	await expect(loadKpis({ ...context, aws }, { kind: 'all' })).rejects.toThrow();

	expect(written).toHaveLength(1);
	const snapshot = await (await context.lake()).newest();
	const { facts } = (await snapshot.table('serving_kpis')).partitions[date] ?? {};
	expect({ facts, plan: await planKpiLoad(snapshot, { kind: 'all' }) }).toEqual({
		facts: {},
		plan: [expect.objectContaining({ date })],
	});
	await dispose();
});
