import { goldTableName } from '../../contracts';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';

/** The dates of a table that changed since something was computed from it. */
export interface DateChanges {
	/** The earlier result can't be updated: `added` is every date. */
	readonly isFromScratch: boolean;
	/** Dates whose rows, as the run found them, are to be subtracted. */
	readonly removed: readonly string[];
	/** Dates whose staged rows are to be added. */
	readonly added: readonly string[];
}

/** The versions of all dates of a table: the inputs of what is computed from all of them. */
export function partitionVersions(staged: StagedSnapshot, table: string): InputVersions {
	const { partitions } = staged.manifest(table);
	return Object.fromEntries(
		Object.keys(partitions)
			.sort()
			.map((date) => [inputName(table, date), partitions[date]?.version ?? '']),
	);
}

export const inputName = (table: string, partition: string): string => `${goldTableName(table)}/${partition}`;

/**
 * Finds the dates of a table that changed since a result was computed from the versions `recorded` (undefined where there
 * is no result). The result is computed from scratch where rows that went into it are gone, where most dates changed, and
 * where another statement than `statement` computed it.
 */
export function findChangedDates(
	staged: StagedSnapshot,
	table: string,
	recorded: InputVersions | undefined,
	statement: string,
): DateChanges {
	const base = staged.baseManifest(table).partitions;
	const current = staged.manifest(table).partitions;
	const prefix = inputName(table, '');
	const recordedVersions = new Map(
		Object.entries(recorded ?? {})
			.filter(([name]) => name.startsWith(prefix))
			.map(([name, version]) => [name.slice(prefix.length), version] as const),
	);
	const dates = [...new Set([...recordedVersions.keys(), ...Object.keys(current)])].sort();
	const changed = dates.filter((date) => recordedVersions.get(date) !== current[date]?.version);
	const removed = changed.filter((date) => recordedVersions.has(date));
	const canSubtract = removed.every((date) => base[date]?.version === recordedVersions.get(date));
	if (!recorded || isOtherStatement(recorded, statement) || !canSubtract || 2 * changed.length > dates.length) {
		return { isFromScratch: true, removed: [], added: Object.keys(current).sort() };
	}
	return { isFromScratch: false, removed, added: changed.filter((date) => current[date] !== undefined) };
}

/** The input for the statement that computes a partition; its version is a digest. */
export const statementInput = 'statement';

/** Whether another statement computed a partition. One from before statements were recorded counts as the current one's. */
export const isOtherStatement = (recorded: InputVersions, statement: string | undefined): boolean =>
	recorded[statementInput] !== undefined && recorded[statementInput] !== statement;

/** The names of inputs whose versions differ. */
export function changedInputs(recorded: InputVersions, wanted: InputVersions): string[] {
	const others = Object.keys(recorded).filter((name) => !Object.hasOwn(wanted, name));
	return [...Object.keys(wanted), ...others].filter((name) =>
		name === statementInput ? isOtherStatement(recorded, wanted[name]) : recorded[name] !== wanted[name],
	);
}
