import { type GoldTableName, goldTables } from '../../contracts';
import type { PartitionEntry } from '../../lake';
import type { Inputs } from './draft';
import type { Sources } from './sources';

/** A Gold partition that is not what its inputs make of it now, and why. */
export interface Stale {
	/** With its layer: `gold_daily_sales`. */
	readonly table: string;
	/** A date; `all` for a table that is kept whole. */
	readonly partition: string;
	readonly reason: string;
}

type SilverInput = 'silver_orders' | 'silver_order_items' | 'silver_events';
type Input = SilverInput | typeof productNames;

/** The input that is the catalogue's names and categories; its version is their fingerprint. */
export const productNames = 'product_names';

/**
 * What a date of a table is computed from. The first input makes the date: without it there is no partition.
 * The tables of lines name no products, yet `category_kpis` depends on their categories.
 */
export const dailyInputs = {
	daily_sales: ['silver_orders', 'silver_order_items', productNames],
	category_kpis: ['silver_orders', 'silver_order_items', productNames],
	order_kpis: ['silver_orders', 'silver_order_items'],
	customer_daily: ['silver_orders'],
	event_funnel: ['silver_events', productNames],
	user_product_interactions: ['silver_events'],
} as const satisfies Partial<Record<GoldTableName, readonly [SilverInput, ...Input[]]>>;

export type DailyTable = keyof typeof dailyInputs;
export const dailyTables = Object.keys(dailyInputs) as DailyTable[];

/** What is to be done about one date of one table. */
export type Finding =
	/** To be computed from these inputs. */
	| {
			readonly kind: 'stale';
			readonly table: DailyTable;
			readonly date: string;
			readonly inputs: Inputs;
			readonly reason: string;
	  }
	/** The rows stand, though an input has another version. */
	| { readonly kind: 'confirmed'; readonly table: DailyTable; readonly date: string; readonly inputs: Inputs }
	/** To be removed: what made the date is gone. */
	| { readonly kind: 'gone'; readonly table: DailyTable; readonly date: string; readonly reason: string };

/** The versions that a date of a table has to be computed from; undefined where there is no such date. */
export function tableInputs(table: DailyTable, date: string, sources: Sources): Inputs | undefined {
	const inputs: Record<string, string> = {};
	const [home, ...others] = dailyInputs[table];
	const homeEntry = sources[home].partitions[date];
	if (!homeEntry) return undefined;
	inputs[home] = homeEntry.version;
	for (const input of others) {
		const version = input === productNames ? sources.names : sources[input].partitions[date]?.version;
		if (version !== undefined) inputs[input] = version;
	}
	return inputs;
}

/**
 * Compares one date of a table with what it was computed from. `isRenamed` says whether the partition, computed with
 * another catalogue, holds a product whose name or category differs between that one and the current.
 */
export function findStaleDate(
	table: DailyTable,
	date: string,
	entry: PartitionEntry | undefined,
	sources: Sources,
	isRenamed: (table: DailyTable, date: string) => boolean,
): Finding | undefined {
	const inputs = tableInputs(table, date, sources);
	if (!inputs) {
		const what = dailyInputs[table][0] === 'silver_events' ? 'events' : 'orders';
		return entry && { kind: 'gone', table, date, reason: `the date has no ${what} any more` };
	}
	if (!entry) return { kind: 'stale', table, date, inputs, reason: 'never computed' };
	const moved = movedInputs(entry.inputs ?? {}, inputs);
	if (moved.length === 0) return undefined;
	if (moved.length === 1 && moved[0] === productNames && !isRenamed(table, date)) {
		return { kind: 'confirmed', table, date, inputs };
	}
	return {
		kind: 'stale',
		table,
		date,
		inputs,
		reason: `changed: ${moved.map((name) => toldAs[name] ?? name).join(', ')}`,
	};
}

/** The names of inputs whose versions differ. */
export function movedInputs(recorded: Inputs, wanted: Inputs): string[] {
	return [...new Set([...Object.keys(wanted), ...Object.keys(recorded)])].filter(
		(name) => recorded[name] !== wanted[name],
	);
}

const toldAs: Readonly<Record<string, string>> = {
	silver_orders: 'orders',
	silver_order_items: 'order lines',
	silver_events: 'events',
	[productNames]: 'names or categories of products',
};

/** A finding as a user is told of it. */
export const told = ({ table, date, reason }: Extract<Finding, { reason: string }>): Stale => ({
	table: goldTables[table].name,
	partition: date,
	reason,
});
