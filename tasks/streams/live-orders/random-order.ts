/** An order as `OrderTable` holds it; the price in whole cents. */
export interface LiveOrder {
	readonly orderid: string;
	readonly product_name: string;
	readonly quantity: number;
	readonly cents: number;
}

const gadgets = ['Laptop', 'Phone', 'Tablet', 'Headphones', 'Charger', 'Smartwatch'] as const;
const maxQuantity = 10;
const minCents = 10_99;
const maxCents = 999_99;

/**
 * A random order: an id of 4 digits, one of six gadgets, 1 to 10 units, a price from 10.99 to 999.99.
 * @param random a number from 0 up to, and without, 1
 */
export function randomOrder(random: () => number): LiveOrder {
	const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
	return {
		orderid: String(between(0, 9999)).padStart(4, '0'),
		product_name: gadgets[between(0, gadgets.length - 1)] as string,
		quantity: between(1, maxQuantity),
		cents: between(minCents, maxCents),
	};
}
