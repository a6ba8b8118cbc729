import { type GoldTableName, goldTables } from '../../contracts';
import type { PartitionEntry } from '../../lake';
import type { GoldSources } from './sources';
import type { InputVersions } from './staged-snapshot';

/** A Gold partition whose inputs changed since it was computed, and why it is stale. */
export interface StalePartition {
	/** With its layer: `gold_daily_sales`. */
	readonly table: string;
	/** A date; `all` for a table that is kept whole. */
	readonly partition: string;
	readonly reason: string;
}

type SilverInput = 'silver_orders' | 'silver_order_items' | 'silver_events';
type Input = SilverInput | typeof catalogueInput;

/** The input for the names and categories of the catalogue; its version is their fingerprint. */
export const catalogueInput = 'product_names';

/**
 * What a date of each table is computed from. The first input decides whether the date exists: without it there is no
 * partition. A date is recomputed when the version of one of its inputs changes.
 */
export const dailyInputs = {
	daily_sales: ['silver_orders', 'silver_order_items', catalogueInput],
	category_kpis: ['silver_orders', 'silver_order_items', catalogueInput],
	order_kpis: ['silver_orders', 'silver_order_items'],
	customer_daily: ['silver_orders'],
	event_funnel: ['silver_events', catalogueInput],
	user_product_interactions: ['silver_events'],
} as const satisfies Partial<Record<GoldTableName, readonly [SilverInput, ...Input[]]>>;

/** A table that is computed date by date from Silver. */
export type DailyTable = keyof typeof dailyInputs;
export const dailyTables = Object.keys(dailyInputs) as DailyTable[];

/** What the inputs of one date of one table mean for the date. */
export type DateStaleness =
	/** To be recomputed from these inputs. */
	| {
			readonly kind: 'stale';
			readonly table: DailyTable;
			readonly date: string;
			readonly inputs: InputVersions;
			readonly reason: string;
	  }
	/** An input has another version, but the rows stay the same. */
	| { readonly kind: 'unchanged'; readonly table: DailyTable; readonly date: string; readonly inputs: InputVersions }
	/** To be removed: the date's first input is gone. */
	| { readonly kind: 'gone'; readonly table: DailyTable; readonly date: string; readonly reason: string };

/** The current versions of the inputs of a date; undefined where the date does not exist. */
export function currentInputs(table: DailyTable, date: string, sources: GoldSources): InputVersions | undefined {
	const inputs: Record<string, string> = {};
	const [dateInput, ...others] = dailyInputs[table];
	const dateEntry = sources[dateInput].partitions[date];
	if (!dateEntry) return undefined;
	inputs[dateInput] = dateEntry.version;
	for (const input of others) {
		const version = input === catalogueInput ? sources.catalogueFingerprint : sources[input].partitions[date]?.version;
		if (version !== undefined) inputs[input] = version;
	}
	return inputs;
}

/**
 * Compares the inputs that one date of a table was computed from with the current ones; undefined where they are the
 * same. `isRenamed` says whether the date holds a product whose name or category differs between its catalogue and the
 * current one.
 */
export function dateStaleness(
	table: DailyTable,
	date: string,
	entry: PartitionEntry | undefined,
	sources: GoldSources,
	isRenamed: (table: DailyTable, date: string) => boolean,
): DateStaleness | undefined {
	const inputs = currentInputs(table, date, sources);
	if (!inputs) {
		const what = dailyInputs[table][0] === 'silver_events' ? 'events' : 'orders';
		return entry && { kind: 'gone', table, date, reason: `the date has no ${what} any more` };
	}
	if (!entry) return { kind: 'stale', table, date, inputs, reason: 'never computed' };
	const changed = changedInputs(entry.inputs ?? {}, inputs);
	if (changed.length === 0) return undefined;
	if (changed.length === 1 && changed[0] === catalogueInput && !isRenamed(table, date)) {
		return { kind: 'unchanged', table, date, inputs };
	}
	return {
		kind: 'stale',
		table,
		date,
		inputs,
		reason: `changed: ${changed.map((name) => inputLabels[name] ?? name).join(', ')}`,
	};
}

export type StaleDate = Extract<DateStaleness, { kind: 'stale' }>;

/** The names of inputs whose versions differ. */
export function changedInputs(recorded: InputVersions, wanted: InputVersions): string[] {
	return [...new Set([...Object.keys(wanted), ...Object.keys(recorded)])].filter(
		(name) => recorded[name] !== wanted[name],
	);
}

const inputLabels: Readonly<Record<string, string>> = {
	silver_orders: 'orders',
	silver_order_items: 'order lines',
	silver_events: 'events',
	[catalogueInput]: 'names or categories of products',
};

/** A stale date as users see it. */
export const describeStaleDate = ({
	table,
	date,
	reason,
}: Extract<DateStaleness, { reason: string }>): StalePartition => ({
	table: goldTables[table].name,
	partition: date,
	reason,
});
