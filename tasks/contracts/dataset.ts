import type { Field } from './column';
import type { DerivedColumn } from './derived-column';

/** What a source sends: the single definition of the records' fields, types and rules, for SQL and JavaScript alike. */
export interface Contract {
	readonly name: string;
	readonly description: string;
	readonly fields: Readonly<Record<string, Field>>;
	/** The columns that identify a record: fields, or the partition column, which is the date of `eventTime`. */
	readonly key: readonly string[];
	/** The field that dates a record; null for a snapshot, of which the last arrival wins. */
	readonly eventTime: string | null;
	/** Columns that Silver adds to the record's own. */
	readonly derived: readonly DerivedColumn[];
	/** Messages of its own, by kind of rule, in the form of `rule-kinds.ts`. */
	readonly messages?: Readonly<Record<string, (limit: unknown) => string>>;
}

/** The contract of a source dataset of the lake: validation, SQL casts, Silver, Glue and the data catalogue derive from it. */
export interface Dataset extends Contract {
	/**
	 * Incremented when a rule or the meaning of a field changes; written into every manifest. Files that are ingested again
	 * are then validated by the new rules; with the same version and the same records nothing changes.
	 */
	readonly version: number;
	/** The key if the last column of `key` is null. */
	readonly alternativeKey?: readonly string[];
	/** Silver's partition column: the UTC date of `eventTime`, or of the order that an item belongs to. */
	readonly partition: { readonly column: string; readonly description: string } | null;
}

/** A dataset whose records are dated. */
export type DatedDataset = Dataset & { readonly partition: NonNullable<Dataset['partition']> };

/** Declare a dataset, or another contract; identity functions, so that the fields' literal types survive. */
export const defineDataset = <const D extends Dataset>(dataset: D): D => dataset;
export const defineContract = <const C extends Contract>(contract: C): C => contract;

type ValueOf<F extends Field> = F extends { readonly oneOf: readonly (infer W)[] }
	? W
	: F['type'] extends 'string' | 'date' | 'timestamp' | 'decimal(12,2)'
		? string
		: number;

/** A record in the form that a source sends: decimals and times as text. */
export type RecordOf<D extends Dataset> = {
	-readonly [K in keyof D['fields'] as D['fields'][K]['required'] extends true ? K : never]: ValueOf<D['fields'][K]>;
} & {
	-readonly [K in keyof D['fields'] as D['fields'][K]['required'] extends true ? never : K]?: ValueOf<D['fields'][K]>;
};
