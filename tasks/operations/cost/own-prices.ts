import { listedPrices, type PriceList, priceNames } from '../../platform/aws/prices';
import { UsageError } from '../../platform/errors';

/** The price table with the prices that a JSON object replaces, by their names. Throws UsageError, which says how it looks. */
export function withOwnPrices(text: string, file: string): PriceList {
	let given: unknown;
	try {
		given = JSON.parse(text);
	} catch (error) {
		throw new UsageError(`--prices ${file} is not JSON: ${(error as Error).message}.`);
	}
	if (typeof given !== 'object' || given === null || Array.isArray(given)) {
		throw new UsageError(
			`--prices ${file}: write an object of prices in US dollars, such as {"glue_request": 0.000001}.`,
		);
	}
	const names: readonly string[] = priceNames;
	for (const [name, usd] of Object.entries(given)) {
		if (!names.includes(name)) {
			throw new UsageError(`--prices ${file}: there is no price '${name}'. Known are ${names.join(', ')}.`);
		}
		if (typeof usd !== 'number' || !(usd >= 0)) {
			throw new UsageError(`--prices ${file}: ${name} is US dollars for one unit, so a number of at least 0.`);
		}
	}
	return { ...listedPrices, ...given };
}
