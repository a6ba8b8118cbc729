import { goldTableName } from '../../contracts';
import type { PartitionEntry } from '../../lake';
import { changedInputs, statementInput } from './changed-dates';
import type { DailyTable } from './daily-table';
import { type GoldSources, type SilverName, silverPartitions } from './sources';
import type { InputVersions } from './staged-snapshot';

/** A Gold partition whose inputs changed since it was computed, and why it is stale. */
export interface StalePartition {
	/** With its layer: `gold_daily_sales`. */
	readonly table: string;
	/** A date; `all` for a table that is kept whole. */
	readonly partition: string;
	readonly reason: string;
}

/** The input for the names and categories of the catalogue; its version is their fingerprint. */
export const catalogueInput = 'product_names';

/** How users know an input. */
const inputLabels: Readonly<Record<string, string>> = {
	silver_orders: 'orders',
	silver_order_items: 'order lines',
	silver_events: 'events',
	silver_gadget_sales: 'live sales',
	[catalogueInput]: 'names or categories of products',
	[statementInput]: 'the statement',
};
const inputLabel = (input: string): string => inputLabels[input] ?? input.replace(/^silver_/, '');

/** What the inputs of one date of one table mean for the date. */
export type DateStaleness =
	/** To be recomputed from these inputs. */
	| {
			readonly kind: 'stale';
			readonly table: string;
			readonly date: string;
			readonly inputs: InputVersions;
			readonly reason: string;
	  }
	/** An input has another version, but the rows stay the same. */
	| { readonly kind: 'unchanged'; readonly table: string; readonly date: string; readonly inputs: InputVersions }
	/** To be removed: the date's first input is gone. */
	| { readonly kind: 'gone'; readonly table: string; readonly date: string; readonly reason: string };

/** The current versions of the inputs of a date; undefined where the date does not exist. */
export function currentInputs({ inputs, group, statement }: DailyTable, date: string, sources: GoldSources) {
	if (!silverPartitions(sources, group.dates)[date]) return undefined;
	const versions = inputs.map((name) => inputVersion(name, date, sources));
	const read = versions.filter(([, version]) => version !== undefined);
	return Object.fromEntries([...read, [statementInput, statement]]) as InputVersions;
}

const inputVersion = (name: SilverName, date: string, sources: GoldSources) =>
	name === 'products'
		? ([catalogueInput, sources.catalogueFingerprint] as const)
		: ([`silver_${name}`, silverPartitions(sources, name)[date]?.version] as const);

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
	const place = { table: table.name, date };
	if (!inputs) {
		const what = inputLabel(`silver_${table.group.dates}`);
		return entry && { kind: 'gone', ...place, reason: `the date has no ${what} any more` };
	}
	if (!entry) return { kind: 'stale', ...place, inputs, reason: 'never computed' };
	const changed = changedInputs(entry.inputs ?? {}, inputs);
	if (changed.length === 0) return undefined;
	if (changed.length === 1 && changed[0] === catalogueInput && !isRenamed(table, date)) {
		return { kind: 'unchanged', ...place, inputs };
	}
	return { kind: 'stale', ...place, inputs, reason: `changed: ${changed.map(inputLabel).join(', ')}` };
}

/** A stale date as users see it. */
export const describeStaleDate = ({
	table,
	date,
	reason,
}: Extract<DateStaleness, { reason: string }>): StalePartition => ({
	table: goldTableName(table),
	partition: date,
	reason,
});
