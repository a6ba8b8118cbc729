import fc from 'fast-check';
import { ratioText } from '../../../support/model/numbers';
import { runs, timeLimitMs } from '../../properties/runs';
import { GoldLake } from './gold-lake';
import { line, order, product, silver } from './silver-rows';

/** The products of a category are not next to each other in the order of their ids. */
const categories = { a: 'Home', b: 'Sport', c: 'Home', d: 'Sport', e: 'Toys', f: 'Home' } as const;
type ProductId = keyof typeof categories;
const productIds = Object.keys(categories) as ProductId[];
const dates = ['2026-11-19', '2026-11-20'] as const;

const anyOrder = fc.record({
	date: fc.constantFrom(...dates),
	status: fc.constantFrom('completed', 'returned', 'cancelled'),
	lines: fc.array(fc.constantFrom(...productIds), { maxLength: 8 }),
});
type SomeOrder = { readonly date: string; readonly status: string; readonly lines: readonly ProductId[] };

/** By date and what `nameOf` gives for a line: how many counting orders have such a line, and how many of these are returned. */
function countOrders(orders: readonly SomeOrder[], nameOf: (id: ProductId) => string) {
	const counts = new Map<string, { orders: number; returned: number }>();
	for (const { date, status, lines } of orders.filter(({ status }) => status !== 'cancelled')) {
		for (const name of new Set(lines.map(nameOf))) {
			const { orders, returned } = counts.get(`${date} ${name}`) ?? { orders: 0, returned: 0 };
			counts.set(`${date} ${name}`, { orders: orders + 1, returned: returned + (status === 'returned' ? 1 : 0) });
		}
	}
	return counts;
}

test(
	'an order counts once for each product and each category, however many lines it has of them',
	async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(anyOrder, { maxLength: 25 }), async (orders) => {
				const lab = new GoldLake();
				try {
					const rows = orders.map(({ date, status }, index) => order(`o${index}`, date, 'ann', '1.00', status));
					await lab.setSilver(
						silver({
							orders: rows,
							order_items: rows.flatMap((row, index) =>
								(orders[index]?.lines ?? []).map((id) => line(row, id, 1, '1.00')),
							),
							products: productIds.map((id) => product(id, id, categories[id])),
						}),
					);
					await lab.aggregate();
					const sales = await lab.gold('daily_sales');
					const kpis = await lab.gold('category_kpis');
					const byProduct = [...countOrders(orders, (id) => id)].map(([key, { orders }]) => [key, orders] as const);
					const byCategory = [...countOrders(orders, (id) => categories[id])].map(
						([key, { orders, returned }]) => [key, ratioText(100n * BigInt(returned), BigInt(orders), 4)] as const,
					);
					expect(new Map(sales.map((row) => [`${row.order_date} ${row.product_id}`, row.orders]))).toEqual(
						new Map(byProduct),
					);
					expect(new Map(kpis.map((row) => [`${row.order_date} ${row.category}`, row.avg_return_rate]))).toEqual(
						new Map(byCategory),
					);
				} finally {
					await lab.dispose();
				}
			}),
			{ numRuns: runs(20) },
		);
	},
	timeLimitMs,
);
