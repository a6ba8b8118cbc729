import type { products, RecordOf } from '../contracts';
import { Random } from '../platform/random';
import { formatCents } from './calendar';
import { categories } from './catalogue-words';
import { streams } from './streams';

/** A product as the shop knows it: the same every day. */
export interface Product {
	readonly id: string;
	readonly name: string;
	readonly category: string;
	/** List price in whole cents. */
	readonly cents: number;
	/** Mean rating; a new product has none yet. */
	readonly rating: number | null;
	/** How well it sells, against the others; 0 where it is not offered at present. */
	readonly weight: number;
	readonly weekend: number;
	/** Days from one delivery to the next, and the day on which the first arrives; null where stock is not counted. */
	readonly restock: { readonly every: number; readonly from: number } | null;
}

export interface Catalogue {
	readonly products: readonly Product[];
	/** For each weekday from Monday, product numbers as often as their share of the sales is large. */
	readonly shelves: readonly Uint16Array[];
	/** Mean share of the sales, by product number. */
	readonly shares: readonly number[];
}

/** Places of one weekday's shelf: the rarest product on offer has a few. */
const shelfLength = 16_384;
/** One product in so many is not offered, and one has no stock figure. */
const oneInNotOffered = 40;
const oneInNotCounted = 50;
const oneInUnrated = 12;
/** Units of a line in the mean, and lines of an order. */
const unitsPerOrder = 4.9;

/** The shop's 600 products: one function of the seed. */
export function makeCatalogue(seed: string): Catalogue {
	const random = new Random(seed);
	const products = categories.flatMap(({ category, things, makes, prices, weight, weekend }, group) =>
		things.flatMap((thing, row) =>
			makes.map((make, column): Product => {
				const number = (group * things.length + row) * makes.length + column;
				random.at(streams.catalogue, 0, number);
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
 * The catalogue as the shop sends it on a day on which it takes `orders` orders: stock falls by what usually sells and
 * is filled up when a delivery arrives.
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
