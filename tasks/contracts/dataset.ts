import type { Field, TableColumn } from './column';

/**
 * The contract of a source dataset: the single definition of its fields, types, key and rules. Validation, SQL casts,
 * Silver, Glue and the data catalogue derive from it.
 */
export interface Dataset {
	readonly name: string;
	/**
	 * Incremented when a rule or the meaning of a field changes; written into every manifest. Files that are ingested again
	 * are then validated by the new rules; with the same version and the same records nothing changes.
	 */
	readonly version: number;
	readonly description: string;
	readonly fields: Readonly<Record<string, Field>>;
	/** The columns that identify a record: fields, or the partition column, which is the date of `eventTime`. */
	readonly key: readonly string[];
	/** The key if the last column of `key` is null. */
	readonly alternativeKey?: readonly string[];
	/** The field that dates a record; null for a snapshot, of which the last arrival wins. */
	readonly eventTime: string | null;
	/** Silver's partition column: the UTC date of `eventTime`, or of the order that an item belongs to. */
	readonly partition: { readonly column: string; readonly description: string } | null;
	/** Columns that Silver adds to the record's own; `sql` computes one from the SQL of the typed fields. */
	readonly derived: readonly (TableColumn & { readonly sql: (value: (field: string) => string) => string })[];
}

/** Declares a dataset; the identity function, so that the fields' literal types survive. */
export const defineDataset = <const D extends Dataset>(dataset: D): D => dataset;

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
