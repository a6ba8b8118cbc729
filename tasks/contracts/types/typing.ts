/**
 * How the text of a value is read as its type, in SQL and in JavaScript: the single definition for the rules of ingestion,
 * for the functions that validate records on their own, and for the casts of Silver.
 */
export interface Typing {
	/**
	 * The pattern of the whole text, for RE2 and JavaScript alike; the value may still be out of the type's range.
	 * Undefined if the type takes any text.
	 */
	readonly pattern?: string;
	/** What a value of the type looks like, for messages. */
	readonly looksLike: string;
	/**
	 * SQL of the typed value; null if the text does not fit. `text` is an SQL expression of type varchar (JSON's own text of
	 * a number, a string without quotes), not necessarily of the pattern.
	 */
	readonly cast: (text: string) => string;
	/**
	 * The value of a text of the pattern as a number to compare: a time as milliseconds since 1970-01-01 UTC, a date
	 * as those of its local time, a text as 0.
	 * NaN if it does not fit.
	 */
	readonly parse: (text: string) => number;
	/** Whether a text may have an offset from UTC. */
	readonly hasOffset?: true;
}
