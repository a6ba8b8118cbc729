import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { quoteValue } from '../../platform/quote-value';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html; sizes are bytes of UTF-8. */
const limits = {
	partitionKeyBytes: 2048,
	sortKeyBytes: 1024,
	itemBytes: 400 * 1024,
	digits: 38,
	exponent: 125,
} as const;

type Item = Readonly<Record<string, AttributeValue>>;

/** Why DynamoDB can't hold a key, given its attributes in order: the partition key, then the sort key if there is one. */
export function describeKeyFault(keys: readonly string[], item: Item): string | undefined {
	for (const [place, name] of keys.entries()) {
		const text = item[name]?.S ?? '';
		const maxBytes = place === 0 ? limits.partitionKeyBytes : limits.sortKeyBytes;
		const bytes = Buffer.byteLength(text);
		if (bytes === 0) return `${name} is empty, and a key of DynamoDB can't be`;
		if (bytes > maxBytes)
			return `${name} ${quoteValue(text)} has more than the ${maxBytes} bytes that a key of DynamoDB may have`;
	}
	return undefined;
}

/** Why DynamoDB can't hold an item; undefined where it can. */
export function describeItemFault(keys: readonly string[], item: Item): string | undefined {
	const fault = describeKeyFault(keys, item);
	if (fault !== undefined) return fault;
	let bytes = 0;
	for (const [name, value] of Object.entries(item)) {
		const text = value.S ?? value.N ?? '';
		bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
		if (value.N !== undefined && !isDynamoDbNumber(text)) {
			return `${name} is ${quoteValue(text)}, not a number of at most ${limits.digits} digits that DynamoDB can hold`;
		}
	}
	return bytes > limits.itemBytes
		? `the item has ${bytes} bytes, more than the ${limits.itemBytes} that DynamoDB takes`
		: undefined;
}

/** Whether a decimal text is a number of DynamoDB: 38 significant digits, from 1E-130 to below 1E+126. */
function isDynamoDbNumber(text: string): boolean {
	const [, whole, fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
	if (whole === undefined) return false;
	const digits = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '');
	if (digits === '') return true;
	const leading = `${whole}${fraction}`.search(/[1-9]/);
	const magnitude = whole.length - 1 - leading + Number(exponent);
	return digits.length <= limits.digits && magnitude <= limits.exponent && magnitude >= -130;
}
