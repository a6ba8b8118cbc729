import { Random } from '../platform/random';
import { toDayNumber, toWeekday } from './calendar';
import { makeCatalogue } from './catalogue';
import { encoders } from './encode';
import { eventsAround } from './events';
import { completeOptions, type DayOptions } from './options';
import { makeShop } from './orders';
import { randomStreams } from './random-streams';

/** The events of a clean day as NDJSON lines, visit by visit: the same lines that `generateFiles` writes. */
export function* eventLines(options: DayOptions): Generator<readonly string[]> {
	const { date, records, seed, ids } = completeOptions(options);
	const dayNumber = toDayNumber(date);
	const shop = makeShop({ seed, ordersPerDay: records, ids, catalogue: makeCatalogue(seed) });
	const browsing = new Random(seed);
	const weekday = toWeekday(dayNumber);
	for (let place = 0; place < records; place++) {
		const random = browsing.at(randomStreams.browsing, dayNumber, place);
		yield eventsAround(shop.orderAt(dayNumber, place), { shop, date, weekday, random }).map(encoders.ndjson.events);
	}
}
