import type { products, RecordOf } from '../contracts';
import { Random } from '../platform/random';
import { formatCents } from './calendar';
import { categories } from './catalogue-words';
import { randomStreams } from './random-streams';

/** A product of the shop, the same every day. */
export interface Product {
	readonly id: string;
	readonly name: string;
	readonly category: string;
	/** List price in whole cents. */
	readonly cents: number;
	/** Mean rating; a new product has none yet. */
	readonly rating: number | null;
	/** How well it sells, relative to the others; 0 if it is not on offer. */
	readonly weight: number;
	readonly weekend: number;
	/** Days between deliveries, and the day of the first; null if its stock is not counted. */
	readonly restock: { readonly every: number; readonly from: number } | null;
}

export interface Catalogue {
	readonly products: readonly Product[];
	/** For each weekday from Monday, product numbers, each as often as its share of the sales. */
	readonly shelves: readonly Uint16Array[];
	/** Mean share of the sales, by product number. */
	readonly shares: readonly number[];
}

/** Places on a weekday's shelf: enough that the rarest product on offer has a few. */
const shelfLength = 16_384;
/** One product in this many is not on offer, has no stock figure, or has no rating. */
const oneInNotOffered = 40;
const oneInNotCounted = 50;
const oneInUnrated = 12;
/** Mean units per order: lines per order × units per line. */
const unitsPerOrder = 4.9;

/** The shop's 600 products, determined by the seed. */
export function makeCatalogue(seed: string): Catalogue {
	const random = new Random(seed);
	const products = categories.flatMap(({ category, things, makes, prices, weight, weekend }, group) =>
		things.flatMap((thing, row) =>
			makes.map((make, column): Product => {
				const number = (group * things.length + row) * makes.length + column;
				random.at(randomStreams.catalogue, 0, number);
				const [low, high] = prices;
				// A thing costs about the same in every make; within a category prices spread evenly by ratio.
				const level = (((row * 7) % things.length) + random.unit()) / things.length;
				const price = low * (high / low) ** level * (0.8 + 0.1 * column);
				const popularity = weight / (1 + random.below(things.length * makes.length)) ** 0.8;
				return {
					id: `P${String(number + 1).padStart(5, '0')}`,
					name: `${make} ${thing}`,
					category,
					cents: Math.max(1, Math.floor(price)) * 100 + random.pick([99, 99, 95, 49, 0]),
					rating: random.below(oneInUnrated) === 0 ? null : (30 + random.below(20)) / 10,
					weight: random.below(oneInNotOffered) === 0 ? 0 : popularity,
					weekend,
					restock: random.below(oneInNotCounted) === 0 ? null : { every: 6 + random.below(70), from: random.below(90) },
				};
			}),
		),
	);
	const weekdays = [1, 1, 1, 1, 1, 0, 0].map((isWorkday) =>
		toShares(products.map(({ weight, weekend }) => weight * (isWorkday ? 1 : weekend))),
	);
	return {
		products,
		shelves: weekdays.map(weightedShelf),
		shares: products.map((_, number) => weekdays.reduce((sum, shares) => sum + (shares[number] as number), 0) / 7),
	};
}

/**
 * The catalogue snapshot of a day with `orders` orders: stock falls by the usual sales and is refilled by deliveries.
 */
export function productSnapshot(catalogue: Catalogue, dayNumber: number, orders: number): RecordOf<typeof products>[] {
	return catalogue.products.map((product, number) => {
		const record: RecordOf<typeof products> = {
			product_id: product.id,
			category: product.category,
			name: product.name,
			price: formatCents(product.cents),
		};
		if (product.rating !== null) record.rating = product.rating;
		if (product.restock) {
			const { every, from } = product.restock;
			const daysLeft = every - 1 - ((dayNumber + from) % every);
			const dailyUnits = orders * unitsPerOrder * (catalogue.shares[number] as number);
			record.current_stock = product.weight === 0 ? from : Math.round(dailyUnits * daysLeft);
		}
		record.forecasted_demand = 0;
		return record;
	});
}

function toShares(weights: readonly number[]): number[] {
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	return weights.map((weight) => weight / total);
}

function weightedShelf(shares: readonly number[]): Uint16Array {
	const shelf = new Uint16Array(shelfLength);
	let filled = 0;
	let sum = 0;
	shares.forEach((share, number) => {
		sum += share;
		const upTo = Math.round(sum * shelfLength);
		shelf.fill(number, filled, upTo);
		filled = upTo;
	});
	return shelf;
}
