import { type GoldTableName, goldTables } from '../../contracts';
import type { GoldDraft, Inputs } from './draft';

/** How a table's dates differ from those that something was computed from. */
export interface Difference {
	/** There is nothing to start from: `added` is every date. */
	readonly isWhole: boolean;
	/** Dates whose rows, as the run found them, are to be taken out. */
	readonly removed: readonly string[];
	/** Dates whose rows, as the draft has them, are to be put in. */
	readonly added: readonly string[];
}

/** The versions of all dates of a table, as inputs of what is computed from all of them. */
export function partitionVersions(draft: GoldDraft, table: GoldTableName): Inputs {
	const { partitions } = draft.manifest(table);
	return Object.fromEntries(
		Object.keys(partitions)
			.sort()
			.map((date) => [inputName(table, date), partitions[date]?.version ?? '']),
	);
}

export const inputName = (table: GoldTableName, partition: string): string => `${goldTables[table].name}/${partition}`;

/**
 * What has changed in a table since a result was computed from the versions `recorded`; undefined where there is no
 * result. All of it where the rows that went into the result are not at hand any more, or where most dates changed.
 */
export function compareVersions(draft: GoldDraft, table: GoldTableName, recorded: Inputs | undefined): Difference {
	const before = draft.base(table).partitions;
	const now = draft.manifest(table).partitions;
	const prefix = inputName(table, '');
	const was = new Map(
		Object.entries(recorded ?? {}).map(([name, version]) => [name.slice(prefix.length), version] as const),
	);
	const dates = [...new Set([...was.keys(), ...Object.keys(now)])].sort();
	const changed = dates.filter((date) => was.get(date) !== now[date]?.version);
	const removed = changed.filter((date) => was.has(date));
	const isAtHand = removed.every((date) => before[date]?.version === was.get(date));
	if (!recorded || !isAtHand || 2 * changed.length > dates.length) {
		return { isWhole: true, removed: [], added: Object.keys(now).sort() };
	}
	return { isWhole: false, removed, added: changed.filter((date) => now[date] !== undefined) };
}
