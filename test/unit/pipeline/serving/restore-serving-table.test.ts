import { planKpiLoad, restoreServingTable, servingTable } from '../../../../tasks/pipeline/serving';
import { DataRefusedError } from '../../../../tasks/platform/errors';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { publish } from '../../../support/publish';

const kpis = (date: string, orders: number) => ({
	gold_order_kpis: {
		rows: `select ${orders} as total_orders, 1.00 as total_revenue, 1 as total_items_sold, 0 as return_rate, 1 as unique_customers, '${date}' as order_date`,
	},
});

test('a lost serving table is restored with every file that may be in DynamoDB, and its dates become stale', async () => {
	const store = new MemoryStore();
	const { context, dispose } = testContext({ store });
	const later = testContext({ store });
	try {
		let lake = await context.lake();
		await publish(context, kpis('2026-11-19', 1));
		await publish(context, kpis('2026-11-20', 1));
		const everNamed = store.keys('gold/order_kpis/');
		// The 19th was loaded, and is gone from Gold; the 20th is about to be recomputed.
		const loaded = (await (await lake.newest()).table('gold_order_kpis')).partitions;
		await lake.transact(context.run, async () => ({
			tables: { [servingTable]: { format: 1, table: servingTable, contract: 1, partitions: loaded } },
		}));
		await publish(context, { gold_order_kpis: { drop: ['2026-11-19'] } });
		expect(await restoreServingTable(context)).toBe(false);

		await store.delete(store.keys(`_manifests/tables/${servingTable}/`));
		lake = await later.context.lake();
		const planning = async () => planKpiLoad(await lake.newest(), { kind: 'all' });
		await expect(planning()).rejects.toThrow(DataRefusedError);
		await expect(planning()).rejects.toThrow("Run 'shoplake rebuild'");
		expect(await restoreServingTable(later.context.step('rebuild'))).toBe(true);
		expect(await planning()).toEqual([
			{ date: '2026-11-19', reason: 'removed from Gold' },
			{ date: '2026-11-20', reason: 'load cut off or under way' },
		]);
		const { partitions } = await (await lake.newest()).table(servingTable);
		const files = Object.values(partitions).flatMap((entry) => entry.files.map(({ key }) => key));
		expect(files.sort()).toEqual(everNamed);
	} finally {
		await dispose();
		await later.dispose();
	}
});

test('a lost file that was loaded is replaced by Gold’s current one, and its date becomes stale', async () => {
	const store = new MemoryStore();
	const { context, logged, dispose } = testContext({ store });
	try {
		const lake = await context.lake();
		await publish(context, kpis('2026-11-20', 1));
		const loaded = (await (await lake.newest()).table('gold_order_kpis')).partitions;
		await lake.transact(context.run, async () => ({
			tables: { [servingTable]: { format: 1, table: servingTable, contract: 1, partitions: loaded } },
		}));
		const [lost = ''] = store.keys('gold/order_kpis/');
		store.damage(lost, (bytes) => Buffer.from(bytes).fill(1, 20, 30));
		await publish(context, kpis('2026-11-20', 1));

		expect(await restoreServingTable(context.step('rebuild'))).toBe(true);
		expect(logged).toEqual([expect.stringContaining(`${lost} is lost or damaged`)]);
		expect(await planKpiLoad(await lake.newest(), { kind: 'all' })).toEqual([
			{ date: '2026-11-20', reason: 'load cut off or under way' },
		]);
		const { partitions } = await (await lake.newest()).table(servingTable);
		expect(partitions['2026-11-20']?.files.map(({ key }) => key)).toEqual(
			store.keys('gold/order_kpis/').filter((key) => key !== lost),
		);
		expect(await restoreServingTable(context.step('rebuild'))).toBe(false);
	} finally {
		await dispose();
	}
});
