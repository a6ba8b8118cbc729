import { type Json, plainItem } from './attribute-value';

/** The fields used here of a DynamoDB Streams record. */
interface Change {
	readonly eventID?: unknown;
	readonly eventName?: unknown;
	readonly dynamodb?: Image;
	/** Some senders spell it this way. */
	readonly dynamodB?: Image;
}
interface Image {
	readonly NewImage?: unknown;
	readonly ApproximateCreationDateTime?: Json;
}

/**
 * Converts a change of `OrderTable` to its Bronze line: the new item in plain JSON, with `event_type`, `event_time` and
 * `event_id`. Undefined for a deletion, which leaves no item. Throws if the text is not such a change, also if an item was
 * written and the change doesn't have it: a stream of keys alone must not pass for deletions.
 */
export function parseLiveOrder(text: string): string | undefined {
	const change = JSON.parse(text) as Change | null;
	if (typeof change !== 'object' || change === null) throw new TypeError('The record is not a change of a table.');
	const { eventName, eventID } = change;
	const image = change.dynamodb ?? change.dynamodB ?? (eventName === 'REMOVE' ? {} : undefined);
	if (typeof image !== 'object' || image === null) throw new TypeError('The record has no field dynamodb.');
	if (image.NewImage === undefined || image.NewImage === null) {
		if (eventName === 'INSERT' || eventName === 'MODIFY') throw new TypeError(`The ${eventName} has no NewImage.`);
		return undefined;
	}
	const line = {
		...plainItem(image.NewImage),
		event_type: typeof eventName === 'string' && eventName !== '' ? eventName : 'UNKNOWN',
		event_time: image.ApproximateCreationDateTime ?? '',
		...(typeof eventID === 'string' && eventID !== '' ? { event_id: eventID } : {}),
	};
	return `${JSON.stringify(line)}\n`;
}
