import { type Json, plainItem } from './attribute-value';

/** A change of a table as DynamoDB Streams tells it, as far as it matters here. */
interface Change {
	readonly eventID?: unknown;
	readonly eventName?: unknown;
	readonly dynamodb?: Image;
	/** Some senders spell it so. */
	readonly dynamodB?: Image;
}
interface Image {
	readonly NewImage?: unknown;
	readonly ApproximateCreationDateTime?: Json;
}

/**
 * The line of Bronze that a change of `OrderTable` makes: the item as it is now in plain JSON, with `event_type`,
 * `event_time` and `event_id`. Undefined for a deletion, which leaves no item. Throws where the text is no such change.
 */
export function parseLiveOrder(text: string): string | undefined {
	const change = JSON.parse(text) as Change | null;
	if (typeof change !== 'object' || change === null) throw new TypeError('The record is no change of a table.');
	const image = change.dynamodb ?? change.dynamodB;
	if (typeof image !== 'object' || image === null) throw new TypeError('The record has no dynamodb.');
	if (image.NewImage === undefined || image.NewImage === null) return undefined;
	const { eventName, eventID } = change;
	const line = {
		...plainItem(image.NewImage),
		event_type: typeof eventName === 'string' && eventName !== '' ? eventName : 'UNKNOWN',
		event_time: image.ApproximateCreationDateTime ?? '',
		...(typeof eventID === 'string' && eventID !== '' ? { event_id: eventID } : {}),
	};
	return `${JSON.stringify(line)}\n`;
}
