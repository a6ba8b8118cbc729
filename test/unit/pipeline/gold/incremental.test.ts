import fc from 'fast-check';
import { type GoldTableName, goldTables } from '../../../../tasks/contracts';
import type { Scope } from '../../../../tasks/lake/scope';
import { sorted } from '../../../support/context';
import type { Silver } from '../../../support/model';
import { modelGold, type Row } from '../../../support/model';
import { runs } from '../../properties/runs';
import { everything, GoldLake, type SilverRows } from './gold-lake';
import { event, line, order, product } from './silver-rows';

/** Dates near one another, and some at the edges of the windows of 28 and 30 days. */
const dates = [
	'2026-09-30',
	'2026-10-22',
	'2026-10-23',
	'2026-11-01',
	'2026-11-13',
	'2026-11-18',
	'2026-11-19',
	'2026-11-20',
];
const users = ['ann', 'bob', 'cat', 'dan', 'eve'];
const productIds = ['p1', 'p2', 'p3', 'p4'];

interface Purchase {
	readonly user: string;
	readonly date: string;
	readonly status: string;
	readonly cents: number;
	readonly lines: readonly { readonly product: string; readonly quantity: number; readonly cents: number }[];
}
interface Visit {
	readonly user: string;
	readonly date: string;
	readonly type: string;
	readonly product: string;
}
interface Listing {
	readonly name: string;
	readonly category: string;
	readonly stock: number | null;
}

/** The state of the shop at one moment: orders and events by id, the catalogue by product. */
interface Shop {
	readonly orders: ReadonlyMap<string, Purchase>;
	readonly events: ReadonlyMap<string, Visit>;
	readonly products: ReadonlyMap<string, Listing>;
}

type Change =
	| { readonly kind: 'order'; readonly id: string; readonly to: Purchase | null }
	| { readonly kind: 'event'; readonly id: string; readonly to: Visit | null }
	| { readonly kind: 'product'; readonly id: string; readonly to: Listing | null };

const purchase: fc.Arbitrary<Purchase> = fc.record({
	user: fc.constantFrom(...users),
	date: fc.constantFrom(...dates),
	status: fc.constantFrom('completed', 'completed', 'returned', 'pending', 'cancelled'),
	cents: fc.integer({ min: 0, max: 5000 }),
	lines: fc.array(
		fc.record({
			product: fc.constantFrom(...productIds),
			quantity: fc.integer({ min: 1, max: 9 }),
			cents: fc.integer({ min: 0, max: 999 }),
		}),
		{ maxLength: 4 },
	),
});
const visit: fc.Arbitrary<Visit> = fc.record({
	user: fc.constantFrom(...users),
	date: fc.constantFrom(...dates),
	type: fc.constantFrom('product_view', 'product_view', 'add_to_cart', 'remove_from_cart', 'purchase'),
	product: fc.constantFrom(...productIds, 'p9'),
});
const listing: fc.Arbitrary<Listing> = fc.record({
	name: fc.constantFrom('Lamp', 'Rug'),
	category: fc.constantFrom('Home', 'Sport', 'Toys'),
	stock: fc.option(fc.integer({ min: 0, max: 40 })),
});
const ids = (prefix: string, count: number) =>
	fc.constantFrom(...Array.from({ length: count }, (_, index) => `${prefix}${index}`));
const rarely = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 });
const change: fc.Arbitrary<Change> = fc.oneof(
	{ weight: 5, arbitrary: fc.record({ kind: fc.constant('order' as const), id: ids('o', 20), to: rarely(purchase) }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant('event' as const), id: ids('e', 12), to: rarely(visit) }) },
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant('product' as const),
			id: fc.constantFrom(...productIds),
			to: rarely(listing),
		}),
	},
);
const scope: fc.Arbitrary<Scope> = fc.oneof(
	{ weight: 3, arbitrary: fc.constant(everything) },
	{
		weight: 1,
		arbitrary: fc
			.tuple(fc.constantFrom(...dates), fc.constantFrom(...dates))
			.map((ends) => [...ends].sort() as [string, string])
			.map(([from, to]): Scope => ({ kind: 'dates', from, to })),
	},
);
const history = fc.array(fc.record({ changes: fc.array(change, { maxLength: 12 }), scope }), {
	minLength: 2,
	maxLength: 6,
});

const start: Shop = {
	orders: new Map(),
	events: new Map(),
	products: new Map([
		['p1', { name: 'Lamp', category: 'Home', stock: 3 }],
		['p2', { name: 'Ball', category: 'Sport', stock: null }],
		['p3', { name: 'Rug', category: 'Home', stock: 0 }],
	]),
};

function applied(shop: Shop, changes: readonly Change[]): Shop {
	const [orders, events, products] = [new Map(shop.orders), new Map(shop.events), new Map(shop.products)];
	const set = <T>(map: Map<string, T>, id: string, to: T | null) => (to === null ? map.delete(id) : map.set(id, to));
	for (const one of changes) {
		if (one.kind === 'order') set(orders, one.id, one.to);
		else if (one.kind === 'event') set(events, one.id, one.to);
		else set(products, one.id, one.to);
	}
	return { orders, events, products };
}

const money = (cents: number) => (cents / 100).toFixed(2);

/** The shop's Silver: lines of products that are not in the catalogue are orphans, and left out. */
function silverRows({ orders, events, products }: Shop): SilverRows {
	const placed = [...orders].map(([id, { date, user, cents, status, lines }]) => ({
		row: order(id, date, user, money(cents), status),
		lines,
	}));
	return {
		orders: placed.map(({ row }) => row),
		order_items: placed.flatMap(({ row, lines }) =>
			lines.flatMap((item, index): Row[] =>
				products.has(item.product)
					? [{ ...line(row, item.product, item.quantity, money(item.cents)), line_number: index + 1 }]
					: [],
			),
		),
		products: [...products].map(([id, { name, category, stock }]) => product(id, name, category, stock)),
		events: [...events].map(([id, { type, user, product: of, date }], index) => ({
			...event(type, user, of, `${date}T10:00:${String(index % 60).padStart(2, '0')}.000000Z`),
			event_id: id,
		})),
	};
}

async function expectGold(lab: GoldLake, silver: SilverRows): Promise<void> {
	const expected = modelGold({ gadget_sales: [], ...silver } as unknown as Silver);
	for (const table of Object.keys(goldTables) as GoldTableName[]) {
		expect({ table, rows: await lab.gold(table) }).toEqual({ table, rows: sorted(expected[table]) });
	}
}

test('Gold is what the model computes from Silver, after any changes and however they are aggregated', async () => {
	await fc.assert(
		fc.asyncProperty(history, async (steps) => {
			const lab = new GoldLake();
			try {
				let shop = start;
				for (const { changes, scope } of steps) {
					shop = applied(shop, changes);
					await lab.setSilver(silverRows(shop));
					await lab.aggregate(scope);
					if (scope.kind === 'all') await expectGold(lab, silverRows(shop));
				}
				await lab.aggregate();
				await expectGold(lab, silverRows(shop));
				expect(await lab.plan()).toEqual([]);
				expect((await lab.aggregate()).status).toBe('unchanged');
				expect((await lab.rebuild()).status).toBe('unchanged');
			} finally {
				await lab.dispose();
			}
		}),
		{ numRuns: runs(8) },
	);
}, 600_000);
