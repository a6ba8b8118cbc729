import { tables } from '../../../tasks/contracts';
import { recordedColumns } from '../../../tasks/contracts/field-ids';
import { shortDigest } from '../../../tasks/platform/short-digest';

/** How many columns of each table had field ids when this test was last changed, and a digest of their names in order. */
const issued: Readonly<Record<string, readonly [columns: number, digest: string]>> = {
	silver_orders: [5, 'cb963284c78b5681'],
	silver_order_items: [7, 'a6a25fcb90b05000'],
	silver_products: [7, '599190d50ec66e62'],
	silver_events: [9, '21e62e8ffaf0c7b8'],
	silver_gadget_sales: [8, 'dd4c0cdbbe88098d'],
	gold_daily_sales: [7, 'c16ff37abe29d26b'],
	gold_category_kpis: [5, 'd292dfe352dde7f1'],
	gold_order_kpis: [6, 'a1308ff48febd996'],
	gold_customer_daily: [4, '3b1f786c6accd179'],
	gold_customer_value: [8, 'bd88faaaa3667ab3'],
	gold_inventory_health: [10, '9b705da400594c01'],
	gold_event_funnel: [8, '08cf6b42b499b76a'],
	gold_user_product_interactions: [7, '5c5217410f9b7738'],
	gold_sales_anomalies: [6, '4fe579cd8daa927e'],
	gold_live_anomalies: [7, 'a16194ba63362d6b'],
};

test('every column of a Silver or Gold table has a field id of its own', () => {
	for (const { name, columns, partition } of tables) {
		const recorded = recordedColumns[name] ?? [];
		const all = [...columns.map((column) => column.name), ...(partition ? [partition.column] : [])];
		expect({ name, lacking: all.filter((column) => !recorded.includes(column)) }).toEqual({ name, lacking: [] });
		expect({ name, columns: new Set(recorded).size }).toEqual({ name, columns: recorded.length });
	}
});

test('a field id that was issued stays that of its column', () => {
	for (const [name, [columns, digest]] of Object.entries(issued)) {
		const names = recordedColumns[name]?.slice(0, columns).join(' ') ?? '';
		expect({ name, digest: shortDigest(names) }).toEqual({ name, digest });
	}
});
