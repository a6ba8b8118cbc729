import type { Field, SqlType } from '../contracts';

export { day, figure, keyText, moment, money, optional, text, whole, word } from '../contracts/column';

/** The settings of a project: what `shoplake.config.ts` exports. */
export interface ProjectConfig {
	/** The currency of all amounts, as ISO 4217 writes it: `EUR`. It is shown with the tables; nothing is converted. */
	readonly currency?: string;
	/** The time zone of the shop's days, such as `Europe/Berlin`; UTC by default. `shoplake rebuild --retype` changes that of a lake. */
	readonly timeZone?: string;
	/** How long `vacuum` keeps files that no head needs: days (`7d`) or hours (`36h`), at least `12h`. */
	readonly retention?: string;
	/** The largest share of invalid records that a batch may have: `5%` or `0.05`. */
	readonly maxRejected?: string;
}

/** A column of a Gold table of one's own. */
export interface GoldColumn {
	readonly type: SqlType;
	/** What its values mean; Glue and Athena show it. */
	readonly description: string;
	/** Whether a value may be missing; false by default. */
	readonly nullable?: boolean;
}

/** A Gold table of one's own: `contracts/<table>.ts` exports it, and `sql/gold/<table>.sql` computes it. */
export interface GoldTableDefinition {
	/** What a row is. */
	readonly description: string;
	/**
	 * The date that partitions the table, and with it the dates that it has: those with orders (`order_date`), with events
	 * (`event_date`), with live sales (`sale_date`), or those of a dataset of one's own. Null for a table over all dates.
	 */
	readonly partition: string | null;
	/** The columns by name, without the partition column. */
	readonly columns: Readonly<Record<string, GoldColumn>>;
	/** The columns that tell the rows of a date apart; empty where a date has one row. */
	readonly key: readonly string[];
	/** Given where `load-kpis` writes the rows to DynamoDB. */
	readonly serving?: {
		/** The name of the DynamoDB table. */
		readonly table: string;
		/** Its partition key, and its sort key if it has one: columns of text or the partition column. */
		readonly key: readonly [string] | readonly [string, string];
	};
}

/** A field that a record may lack. */
export type OptionalField = Field & { readonly required: false };

/** Columns that a project adds to a dataset of the product: `contracts/<dataset>.ts` exports them. */
export interface ColumnsDefinition {
	readonly kind: 'columns';
	readonly columns: Readonly<Record<string, OptionalField>>;
}

/** A dataset of one's own: `contracts/<dataset>.ts` exports it. Its records are of the date of `eventTime` for ever. */
export interface DatasetDefinition {
	/** What a record is. */
	readonly description: string;
	/** Raised when a rule or the meaning of a field changes, so that files that are ingested again are validated again; 1 by default. */
	readonly version?: number;
	readonly fields: Readonly<Record<string, Field>>;
	/** What identifies a record: required fields, and the partition column. */
	readonly key: readonly string[];
	/** The required field that dates a record: a `moment` or a `day`. */
	readonly eventTime: string;
	/** The column of the UTC date of `eventTime`. */
	readonly partition: { readonly column: string; readonly description: string };
}

/** Declares columns that are added to a dataset of the product. */
export const defineColumns = (columns: ColumnsDefinition['columns']): ColumnsDefinition => ({
	kind: 'columns',
	columns,
});

/** Declares a dataset of one's own. */
export const defineDataset = (dataset: DatasetDefinition): DatasetDefinition & { readonly kind: 'dataset' } => ({
	kind: 'dataset',
	...dataset,
});

/** Declares the settings of a project. */
export const defineConfig = (config: ProjectConfig): ProjectConfig => config;

/** Declares a Gold table of one's own. */
export const defineGoldTable = (table: GoldTableDefinition): GoldTableDefinition => table;
