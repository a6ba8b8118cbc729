import { plusDays } from './calendar';
import { centsOfText, decimalText, halfUp, magnitude, moneyText, ratioText, sum, twiceMedian } from './numbers';
import type { Row, Silver } from './silver';

type GoldName =
	| 'daily_sales'
	| 'category_kpis'
	| 'order_kpis'
	| 'customer_daily'
	| 'customer_value'
	| 'inventory_health'
	| 'event_funnel'
	| 'user_product_interactions'
	| 'sales_anomalies'
	| 'live_anomalies';
export type Gold = Readonly<Record<GoldName, readonly Row[]>>;

interface Order {
	readonly order_id: string;
	readonly user_id: string;
	readonly order_date: string;
	readonly status: string;
	readonly cents: bigint;
}

interface Product {
	readonly product_id: string;
	readonly name: string;
	readonly category: string;
	readonly current_stock: number | null;
}

/** A line of a counting order. */
interface Sale {
	readonly order: Order;
	readonly product: Product;
	readonly date: string;
	readonly quantity: bigint;
	readonly cents: bigint;
}

interface Event {
	readonly event_date: string;
	readonly event_type: string;
	readonly event_time: string;
	readonly user_id: string;
	readonly product_id: string;
}

interface LiveSale {
	readonly product_name: string;
	readonly quantity: number;
	readonly event_type: string;
	readonly event_time: string;
}

/** What Gold is, given Silver. */
export function modelGold(silver: Silver): Gold {
	const orders: Order[] = silver.orders.map((row) => ({
		...(row as unknown as Order),
		cents: centsOfText(String(row.total_amount)),
	}));
	const counting = orders.filter(({ status }) => status !== 'cancelled');
	const products = new Map(silver.products.map((row) => [String(row.product_id), row as unknown as Product] as const));
	const sales = listSales(silver.order_items, counting, products);
	const events = silver.events as unknown as Event[];
	const dates = [...new Set(orders.map(({ order_date }) => order_date))].sort();
	return {
		daily_sales: dailySales(sales),
		category_kpis: categoryKpis(sales),
		order_kpis: dates.map((date) => orderKpis(date, counting, sales)),
		customer_daily: customerDaily(counting),
		customer_value: customerValue(counting),
		inventory_health: [...products.values()].map((product) => inventoryHealth(product, sales, dates.at(-1))),
		event_funnel: eventFunnel(events, products),
		user_product_interactions: userProductInteractions(events),
		sales_anomalies: salesAnomalies(dates, sales),
		live_anomalies: liveAnomalies(silver.gadget_sales as unknown as LiveSale[]),
	};
}

function listSales(items: readonly Row[], counting: readonly Order[], products: ReadonlyMap<string, Product>): Sale[] {
	const orders = new Map(counting.map((order) => [order.order_id, order] as const));
	return items.flatMap((item) => {
		const order = orders.get(String(item.order_id));
		const product = products.get(String(item.product_id));
		if (!order || !product) return [];
		const quantity = BigInt(Number(item.quantity));
		const cents = quantity * centsOfText(String(item.unit_price));
		return [{ order, product, date: order.order_date, quantity, cents }];
	});
}

function dailySales(sales: readonly Sale[]): Row[] {
	return groups(sales, ({ date, product }) => [date, product.product_id]).map(([{ date, product }, lines]) => ({
		order_date: date,
		category: product.category,
		product_id: product.product_id,
		product_name: product.name,
		orders: ordersIn(lines).length,
		units: unitsIn(lines),
		amount: moneyText(centsIn(lines)),
	}));
}

function categoryKpis(sales: readonly Sale[]): Row[] {
	return groups(sales, ({ date, product }) => [date, product.category]).map(([{ date, product }, lines]) => {
		const orders = ordersIn(lines);
		const count = BigInt(orders.length);
		return {
			order_date: date,
			category: product.category,
			daily_revenue: moneyText(centsIn(lines)),
			avg_order_value: moneyText(halfUp(centsIn(lines), count)),
			avg_return_rate: ratioText(100n * returnedIn(orders), count, 4),
		};
	});
}

function orderKpis(date: string, counting: readonly Order[], sales: readonly Sale[]): Row {
	const orders = counting.filter((order) => order.order_date === date);
	return {
		order_date: date,
		total_orders: orders.length,
		total_revenue: moneyText(sum(orders.map(({ cents }) => cents))),
		total_items_sold: unitsIn(sales.filter((sale) => sale.date === date)),
		return_rate: orders.length === 0 ? '0.0000' : ratioText(100n * returnedIn(orders), BigInt(orders.length), 4),
		unique_customers: new Set(orders.map(({ user_id }) => user_id)).size,
	};
}

function customerDaily(counting: readonly Order[]): Row[] {
	return groups(counting, ({ order_date, user_id }) => [order_date, user_id]).map(
		([{ order_date, user_id }, orders]) => ({
			order_date,
			user_id,
			orders: orders.length,
			revenue: moneyText(sum(orders.map(({ cents }) => cents))),
		}),
	);
}

function customerValue(counting: readonly Order[]): Row[] {
	const customers = groups(counting, ({ user_id }) => [user_id]).map(([{ user_id }, orders]) => ({
		user_id,
		orders,
		revenue: sum(orders.map(({ cents }) => cents)),
	}));
	return customers.map(({ user_id, orders, revenue }) => {
		const dates = orders.map(({ order_date }) => order_date).sort();
		const rank = 1 + customers.filter((other) => other.revenue > revenue).length;
		return {
			user_id,
			first_order_date: dates[0] as string,
			last_order_date: dates.at(-1) as string,
			orders: orders.length,
			revenue: moneyText(revenue),
			avg_order_value: moneyText(halfUp(revenue, BigInt(orders.length))),
			revenue_rank: rank,
			is_top_decile: rank <= Math.ceil(customers.length / 10),
		};
	});
}

/** `newest` is the newest date that has an order of any status; days are counted up to it, itself included. */
function inventoryHealth(product: Product, sales: readonly Sale[], newest: string | undefined): Row {
	const countUnits = (days: number) =>
		newest === undefined
			? 0
			: unitsIn(
					sales.filter((sale) => sale.product.product_id === product.product_id && sale.date > plusDays(newest, -days)),
				);
	const { product_id, name, category, current_stock: stock } = product;
	const month = countUnits(30);
	return {
		product_id,
		name,
		category,
		current_stock: stock,
		units_7d: countUnits(7),
		units_30d: month,
		daily_demand: ratioText(BigInt(month), 30n, 4),
		days_of_cover: stock === null || month === 0 ? null : ratioText(BigInt(stock) * 30n, BigInt(month), 1),
		// 28 days hold each weekday four times.
		forecasted_demand: Math.ceil(countUnits(28) / 4),
		status: stockStatus(stock, month),
	};
}

function stockStatus(stock: number | null, month: number): string {
	if (stock === null) return 'unknown';
	if (stock === 0) return 'out';
	if (month === 0) return 'idle';
	if (stock * 30 < 7 * month) return 'low';
	return stock * 30 > 60 * month ? 'over' : 'ok';
}

function eventFunnel(events: readonly Event[], products: ReadonlyMap<string, Product>): Row[] {
	return groups(events, ({ event_date, product_id }) => [event_date, product_id]).map(
		([{ event_date, product_id }, of]) => {
			const { views, carts, purchases } = countEvents(of);
			return {
				event_date,
				category: products.get(product_id)?.category ?? '(unknown)',
				product_id,
				views,
				carts,
				purchases,
				view_to_cart: views === 0 ? null : ratioText(BigInt(carts), BigInt(views), 4),
				cart_to_purchase: carts === 0 ? null : ratioText(BigInt(purchases), BigInt(carts), 4),
			};
		},
	);
}

function userProductInteractions(events: readonly Event[]): Row[] {
	return groups(events, ({ event_date, user_id, product_id }) => [event_date, user_id, product_id]).map(
		([{ event_date, user_id, product_id }, of]) => ({
			event_date,
			user_id,
			product_id,
			...countEvents(of),
			last_event_time: of
				.map(({ event_time }) => event_time)
				.sort()
				.at(-1) as string,
		}),
	);
}

function salesAnomalies(dates: readonly string[], sales: readonly Sale[]): Row[] {
	const rows: Row[] = [];
	for (const [{ product }, ofCategory] of groups(sales, ({ product }) => [product.category])) {
		const amountOn = new Map(
			groups(ofCategory, ({ date }) => [date]).map(([{ date }, lines]) => [date, centsIn(lines)]),
		);
		const first = [...amountOn.keys()].sort()[0] as string;
		for (const date of dates) {
			const before: string[] = [];
			for (let days = 1; days <= 28; days++) before.push(plusDays(date, -days));
			if (![date, ...before].some((day) => amountOn.has(day))) continue;
			const history = before.filter((day) => day >= first).map((day) => amountOn.get(day) ?? 0n);
			rows.push({
				order_date: date,
				category: product.category,
				...comparison(amountOn.get(date) ?? 0n, history, 7),
			});
		}
	}
	return rows;
}

const hourMs = 3_600_000;

/** Hours are counted from 1970. Units are taken a hundredfold, as amounts are cents. */
function liveAnomalies(changes: readonly LiveSale[]): Row[] {
	const sales = changes
		.filter(({ event_type }) => event_type !== 'REMOVE')
		.map((sale) => ({ ...sale, hour: Math.floor(Date.parse(sale.event_time) / hourMs) }));
	const hours = [...new Set(sales.map(({ hour }) => hour))];
	const rows: Row[] = [];
	for (const [{ product_name }, ofProduct] of groups(sales, (sale) => [sale.product_name])) {
		const countUnits = (hour: number) =>
			ofProduct.filter((sale) => sale.hour === hour).reduce((units, { quantity }) => units + quantity, 0);
		const first = Math.min(...ofProduct.map(({ hour }) => hour));
		for (const hour of hours) {
			if (!ofProduct.some((sale) => sale.hour <= hour && sale.hour >= hour - 24)) continue;
			const history: bigint[] = [];
			for (let before = Math.max(first, hour - 24); before < hour; before++)
				history.push(BigInt(countUnits(before)) * 100n);
			const { amount: _, ...compared } = comparison(BigInt(countUnits(hour)) * 100n, history, 6);
			const start = new Date(hour * hourMs).toISOString();
			rows.push({
				sale_date: start.slice(0, 10),
				hour: start.replace('Z', '000Z'),
				product_name,
				units: countUnits(hour),
				...compared,
			});
		}
	}
	return rows;
}

/** Amounts in cents. The spread is held in 40,000ths of a cent, in which all of its candidates are whole. */
function comparison(amount: bigint, history: readonly bigint[], least: number) {
	const median2 = twiceMedian(history);
	if (median2 === undefined) return { amount: moneyText(amount), expected: null, deviation: null, direction: null };
	const expected = halfUp(median2, 2n);
	const mad4 = twiceMedian(history.map((value) => magnitude(2n * value - median2))) as bigint;
	const spread = [14826n * mad4, 2000n * expected, 4_000_000n].reduce((a, b) => (a > b ? a : b));
	const hundredths = halfUp((amount - expected) * 40_000n * 100n, spread);
	const enough = history.length >= least;
	return {
		amount: moneyText(amount),
		expected: moneyText(expected),
		deviation: enough ? decimalText(hundredths, 2) : null,
		direction: enough ? (hundredths >= 350n ? 'spike' : hundredths <= -350n ? 'drop' : 'none') : null,
	};
}

/** The items by key, each group with its first item. */
function groups<T>(items: readonly T[], toKey: (item: T) => readonly string[]): [T, T[]][] {
	const found = new Map<string, [T, T[]]>();
	for (const item of items) {
		const key = JSON.stringify(toKey(item));
		const group = found.get(key);
		if (group) group[1].push(item);
		else found.set(key, [item, [item]]);
	}
	return [...found.values()];
}

const ordersIn = (lines: readonly Sale[]): Order[] => [...new Set(lines.map(({ order }) => order))];
const unitsIn = (lines: readonly Sale[]): number => Number(sum(lines.map(({ quantity }) => quantity)));
const centsIn = (lines: readonly Sale[]): bigint => sum(lines.map(({ cents }) => cents));
const returnedIn = (orders: readonly Order[]): bigint =>
	BigInt(orders.filter(({ status }) => status === 'returned').length);

function countEvents(events: readonly Event[]) {
	const count = (type: string) => events.filter(({ event_type }) => event_type === type).length;
	return { views: count('product_view'), carts: count('add_to_cart'), purchases: count('purchase') };
}
