import { quotes } from '../../contracts/quotes';

/** The columns of a file of quotes, in the order of writing. */
export const quoteColumns = Object.keys(quotes.fields) as QuoteColumn[];
export type QuoteColumn = keyof typeof quotes.fields;

/**
 * The trading of a stock in one second. Figures are decimal text, as DynamoDB takes them; `timestamp` is the start of the
 * second in UTC, always as `2026-11-20T09:31:05Z`, so that times sort as text.
 */
export type Quote = Readonly<Record<QuoteColumn, string>>;
