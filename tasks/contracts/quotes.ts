import type { Field } from './column';
import { defineContract } from './dataset';

const price = <const F extends Partial<Field>>(description: string, rules?: F) => ({
	type: 'decimal(15,6)' as const,
	required: true as const,
	description,
	atLeast: 0,
	...(rules as F),
});

/** Stock quotes: rows of the files below `stocks/`, which go to DynamoDB and not into the lake. */
export const quotes = defineContract({
	name: 'quotes',
	description: 'The trading of a stock in one second.',
	fields: {
		ticker: {
			type: 'string',
			required: true,
			description: 'The stock.',
			form: {
				pattern: '[A-Z0-9][A-Z0-9.^=/-]{0,19}',
				looksLike: 'valid: use upper-case letters, digits, . ^ = / -',
			},
		},
		timestamp: {
			type: 'timestamp',
			required: true,
			description: 'The start of the second, UTC.',
			form: {
				pattern:
					'[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\\.0+)?([\\t\\n\\f\\r ]*(Z|[+-][0-9]{2}:?[0-5][0-9]))?',
				looksLike: 'a whole second, such as 2026-11-20T09:31:05Z',
			},
			// There is no earlier market data, and later times don't sort as text.
			years: [1970, 9999],
		},
		open: price('Price of the first trade.'),
		high: price('Highest price.', { highestOf: ['open', 'low', 'close'] }),
		low: price('Lowest price.', { lowestOf: ['open', 'close'] }),
		close: price('Price of the last trade.'),
		volume: { type: 'bigint', required: true, description: 'Shares traded.', atLeast: 0 },
	},
	key: ['ticker', 'timestamp'],
	eventTime: 'timestamp',
	derived: [],
	messages: {
		type: (looksLike) => `{field} '{text}' is not ${looksLike}`,
		atLeast: (limit) => `{field} {text} is less than ${limit}`,
		offset: () => `{field} '{text}' has an offset of more than 14 hours`,
	},
});
