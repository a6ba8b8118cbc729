/** The types of a table column, spelled as Glue, Athena and DuckDB all accept them. */
export type SqlType =
	| 'string'
	| 'int'
	| 'bigint'
	| 'double'
	| 'boolean'
	| 'date'
	| 'timestamp'
	| 'decimal(12,2)'
	| 'decimal(15,6)'
	| 'decimal(18,1)'
	| 'decimal(18,2)'
	| 'decimal(18,4)';

/** One column of a Silver or Gold table. */
export interface TableColumn {
	readonly name: string;
	readonly type: SqlType;
	readonly nullable: boolean;
	readonly description: string;
}

/** One field of a source record, with the rules for its values. */
export interface Field {
	readonly type: SqlType;
	readonly required: boolean;
	readonly description: string;
	/** What its texts must look like, if that is stricter than its type: a pattern for RE2 and JavaScript alike, and words for messages. */
	readonly form?: { readonly pattern: string; readonly looksLike: string };
	/** Lowest value allowed: `atLeast` included, `moreThan` excluded. */
	readonly atLeast?: number;
	readonly moreThan?: number;
	/** Highest value allowed (included). */
	readonly atMost?: number;
	/** The only values allowed. */
	readonly oneOf?: readonly string[];
	/** The most bytes of UTF-8 in a text. */
	readonly mostBytes?: number;
	/** The first date allowed, `YYYY-MM-DD`; only for dates and times. */
	readonly notBefore?: string;
	/** The first and the last year of UTC allowed; only for dates and times. */
	readonly years?: readonly [first: number, last: number];
	/** The zone whose dates count, which a time without an offset is in; UTC by default. Only of dates and times: see `inTimeZone`. */
	readonly timeZone?: string;
	/** Fields of the record that the value may not be less than, or not more than. */
	readonly highestOf?: readonly string[];
	readonly lowestOf?: readonly string[];
}

/** The most bytes of UTF-8 in an id or a category: DynamoDB's limit for sort keys. */
const mostKeyBytes = 1024;
/** The first date that a record may have. */
const firstDate = '1970-01-01';

type Rules = Omit<Partial<Field>, 'type' | 'description' | 'required'>;
const field =
	<T extends SqlType>(type: T) =>
	<const R extends Rules>(description: string, rules?: R) => ({
		type,
		description,
		required: true as const,
		...(rules as R),
	});

/** Text: trimmed, without control characters other than tab and line ends; a number becomes its decimal text. */
export const text = field('string');
/** Text that becomes a key: an id, or a column that Gold groups by. */
export const keyText = (description: string) => text(description, { mostBytes: mostKeyBytes });
/** A whole number of 32 bits; may be written `3`, `"3"` or `3.0`. */
export const whole = field('int');
/** An amount of money: rounded half-up to cents before its range is tested. */
export const money = field('decimal(12,2)');
/** A floating-point number that is not money. */
export const figure = field('double');
/** A calendar date, or an ISO timestamp whose UTC date counts. */
export const day = (description: string) => field('date')(description, { notBefore: firstDate });
/** A moment: ISO with an offset, epoch seconds or epoch milliseconds; kept in UTC. */
export const moment = (description: string) => field('timestamp')(description, { notBefore: firstDate });
/** One of a fixed list of words. */
export const word = <const V extends readonly string[]>(description: string, oneOf: V) =>
	({ type: 'string', description, required: true as const, oneOf }) as const;
/** The same field, but it may be absent or empty. */
export const optional = <F extends Field>(of: F): Omit<F, 'required'> & { readonly required: false } => ({
	...of,
	required: false,
});
