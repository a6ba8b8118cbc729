import { type StreamName, streams } from '../../contracts';
import type { ObjectStore } from '../../lake';
import { isDate } from '../../platform/dates';

/** An object that a stream delivered. */
export interface DeliveredObject {
	readonly key: string;
	/** The key without the stream's prefix: `2026/11/26/11/…`. */
	readonly name: string;
	/** The date in its prefix, `YYYY-MM-DD`, and the start of the hour in it, ISO 8601. */
	readonly date: string;
	readonly hour: string;
	readonly bytes: number;
	readonly modified: Date;
}

/** The objects under a stream's prefix. */
export interface ObjectListing {
	/** In arrival order: by last modification, then by key, bytewise. */
	readonly objects: readonly DeliveredObject[];
	/** Keys without `YYYY/MM/DD/HH/` after the prefix: Firehose didn't deliver them. */
	readonly unrecognised: readonly string[];
}

/** Lists the objects under a prefix (by default the stream's delivered ones) that are older than `until`. */
export async function listDeliveredObjects(
	store: ObjectStore,
	stream: StreamName,
	until: Date,
	prefix: string = streams[stream].prefix,
): Promise<ObjectListing> {
	const objects: DeliveredObject[] = [];
	const unrecognised: string[] = [];
	for await (const { key, bytes, modified } of store.list(prefix)) {
		if (modified >= until || key.endsWith('/')) continue;
		const name = key.slice(prefix.length);
		const place = parseDeliveryHour(name);
		if (place) objects.push({ key, name, ...place, bytes, modified });
		else unrecognised.push(key);
	}
	objects.sort(
		(a, b) => a.modified.getTime() - b.modified.getTime() || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
	);
	return { objects, unrecognised };
}

/** The date and hour in the name of an object; undefined if it has none. */
export function parseDeliveryHour(name: string): Pick<DeliveredObject, 'date' | 'hour'> | undefined {
	const [, year, month, day, hour] = /^(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\/./.exec(name) ?? [];
	const date = `${year}-${month}-${day}`;
	return isDate(date) && Number(hour) < 24 ? { date, hour: `${date}T${hour}:00:00Z` } : undefined;
}
