/** The types a table column can have, spelt as Glue, Athena and DuckDB all accept them. */
export type SqlType =
	| 'string'
	| 'int'
	| 'bigint'
	| 'double'
	| 'boolean'
	| 'date'
	| 'timestamp'
	| 'decimal(12,2)'
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

/** One field of a source record, with the rules a value has to pass. */
export interface Field {
	readonly type: SqlType;
	readonly required: boolean;
	readonly description: string;
	/** Lowest value allowed, itself included (`moreThan`: itself excluded). */
	readonly atLeast?: number;
	readonly moreThan?: number;
	/** Highest value allowed, itself included. */
	readonly atMost?: number;
	/** The only values allowed. */
	readonly oneOf?: readonly string[];
}

type Rules = Omit<Partial<Field>, 'type' | 'description' | 'required'>;
const field =
	<T extends SqlType>(type: T) =>
	<const R extends Rules>(description: string, rules?: R) => ({
		type,
		description,
		required: true as const,
		...(rules as R),
	});

/** Text: trimmed; a number stands for its decimal text. */
export const text = field('string');
/** A whole number of 32 bits; may be written `3`, `"3"` or `3.0`. */
export const whole = field('int');
/** An amount of money: rounded half-up to cents before its range is tested. */
export const money = field('decimal(12,2)');
/** A floating-point figure that is not money. */
export const figure = field('double');
/** A calendar date, or an ISO timestamp whose UTC date counts. */
export const day = field('date');
/** A moment: ISO with an offset, epoch seconds or epoch milliseconds; kept in UTC. */
export const moment = field('timestamp');
/** One of a fixed list of words. */
export const word = <const V extends readonly string[]>(description: string, oneOf: V) =>
	({ type: 'string', description, required: true as const, oneOf }) as const;
/** The same field, but it may be absent or empty. */
export const optional = <F extends Field>(of: F): Omit<F, 'required'> & { readonly required: false } => ({
	...of,
	required: false,
});
