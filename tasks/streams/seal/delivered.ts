import { type StreamName, streams } from '../../contracts';
import type { ObjectStore } from '../../lake';
import { isDate } from '../../platform/dates';

/** An object as a stream delivered it. */
export interface Delivered {
	readonly key: string;
	/** The key without the stream's prefix: `2026/11/26/11/…`. */
	readonly name: string;
	/** The date in its prefix, `YYYY-MM-DD`, and the start of the hour in it, ISO 8601. */
	readonly date: string;
	readonly hour: string;
	readonly bytes: number;
	readonly modified: Date;
}

/** What lies under a stream's prefix. */
export interface Delivery {
	/** In the order of arrival: by the time of their last change, then by key, bytewise. */
	readonly objects: readonly Delivered[];
	/** Keys that have no `YYYY/MM/DD/HH/` behind the prefix: nothing that Firehose delivered. */
	readonly strangers: readonly string[];
}

/** The objects under a prefix (by default the stream's delivered ones) that were there before an instant. */
export async function listDelivered(
	store: ObjectStore,
	stream: StreamName,
	until: Date,
	prefix: string = streams[stream].prefix,
): Promise<Delivery> {
	const objects: Delivered[] = [];
	const strangers: string[] = [];
	for await (const { key, bytes, modified } of store.list(prefix)) {
		if (modified >= until || key.endsWith('/')) continue;
		const name = key.slice(prefix.length);
		const place = parseObjectName(name);
		if (place) objects.push({ key, name, ...place, bytes, modified });
		else strangers.push(key);
	}
	objects.sort(
		(a, b) => a.modified.getTime() - b.modified.getTime() || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
	);
	return { objects, strangers };
}

/** The date and the hour in the name of an object; undefined where there are none. */
export function parseObjectName(name: string): Pick<Delivered, 'date' | 'hour'> | undefined {
	const [, year, month, day, hour] = /^(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\/./.exec(name) ?? [];
	const date = `${year}-${month}-${day}`;
	return isDate(date) && Number(hour) < 24 ? { date, hour: `${date}T${hour}:00:00Z` } : undefined;
}
