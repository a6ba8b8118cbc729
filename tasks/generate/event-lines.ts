import { Random } from '../platform/random';
import { dayNumberOf, weekdayOf } from './calendar';
import { catalogueOf } from './catalogue';
import { encoders } from './encode';
import { eventsAround } from './events';
import { complete, type DayOptions } from './options';
import { shopOf } from './orders';
import { streams } from './streams';

/** The events of a clean day as lines of NDJSON, visit by visit: the very lines that `generateFiles` writes. */
export function* eventLines(options: DayOptions): Generator<readonly string[]> {
	const { date, records, seed, ids } = complete(options);
	const dayNumber = dayNumberOf(date);
	const shop = shopOf({ seed, ordersPerDay: records, ids, catalogue: catalogueOf(seed) });
	const browsing = new Random(seed);
	const weekday = weekdayOf(dayNumber);
	for (let place = 0; place < records; place++) {
		const random = browsing.at(streams.browsing, dayNumber, place);
		yield eventsAround(shop.orderAt(dayNumber, place), { shop, date, weekday, random }).map(encoders.ndjson.events);
	}
}
