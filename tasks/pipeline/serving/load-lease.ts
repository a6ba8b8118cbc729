import type { FileRef, PartitionEntry, TableManifest } from '../../lake';
import { goldFiles, goldVersion, type LoadState, leaseMs, partialVersion, servingTable } from './load-state';

/** Who loads, and when it began to. */
export interface LoadLease {
	readonly attempt: string;
	readonly at: Date;
}

/** The serving table with a load of these dates announced: what it will write may be in DynamoDB from now on. */
export function beginLoad(state: LoadState, dates: readonly string[], lease: LoadLease): TableManifest {
	const begun = dates.map((date): [string, PartitionEntry] => {
		const before = state.serving[date];
		const files = uniteFiles(before?.files ?? [], goldFiles(state, date));
		const facts = { ...otherLeases(before, lease), [lease.attempt]: lease.at.toISOString() };
		return [date, entry('', files, facts)];
	});
	return manifest({ ...state.serving, ...Object.fromEntries(begun) });
}

/**
 * The serving table after the load of these dates from this very state. A date on which another load is under way stays
 * unfinished, because that one may overwrite what this one wrote: whoever is last there finishes it. A date that was
 * loaded only in part stays stale.
 */
export function completeLoad(
	state: LoadState,
	dates: readonly string[],
	lease: LoadLease,
	loadedInPart: ReadonlySet<string> = new Set(),
): TableManifest {
	const serving = { ...state.serving };
	for (const date of dates) {
		const others = otherLeases(serving[date], lease);
		const version = goldVersion(state, date);
		if (Object.keys(others).length > 0) serving[date] = entry('', serving[date]?.files ?? [], others);
		else if (version === undefined) delete serving[date];
		else serving[date] = entry(loadedInPart.has(date) ? partialVersion(version) : version, goldFiles(state, date), {});
	}
	return manifest(serving);
}

/** The serving table after a load of these dates that failed and writes no more: they stay unfinished, for the next one. */
export function releaseLoad(state: LoadState, dates: readonly string[], lease: LoadLease): TableManifest {
	const left = dates.flatMap((date): [string, PartitionEntry][] => {
		const before = state.serving[date];
		return before ? [[date, entry('', before.files, otherLeases(before, lease))]] : [];
	});
	return manifest({ ...state.serving, ...Object.fromEntries(left) });
}

/**
 * Whether a load from the state `loaded` may have left a date other than Gold now is: Gold has moved, or somebody else
 * has announced rows that this load knew nothing of (Gold may have moved there and back).
 */
export function isOvertaken(loaded: LoadState, now: LoadState, date: string): boolean {
	if (goldVersion(now, date) !== goldVersion(loaded, date)) return true;
	const known = new Set(loaded.serving[date]?.files.map(({ key }) => key));
	return (now.serving[date]?.files ?? []).some(({ key }) => !known.has(key));
}

/** The loads of others that may still write; those past their lease do so no more. */
function otherLeases(before: PartitionEntry | undefined, { attempt, at }: LoadLease): Record<string, string> {
	const others = Object.entries(before?.facts ?? {}).flatMap(([other, since]) =>
		other !== attempt && at.getTime() - Date.parse(String(since)) < leaseMs ? [[other, String(since)]] : [],
	);
	return Object.fromEntries(others);
}

function uniteFiles(some: readonly FileRef[], more: readonly FileRef[]): FileRef[] {
	return [...new Map([...some, ...more].map((file) => [file.key, file])).values()];
}

const entry = (version: string, files: readonly FileRef[], facts: Record<string, string>): PartitionEntry => ({
	version,
	files: [...files],
	rows: files.reduce((sum, { rows }) => sum + rows, 0),
	fingerprint: '',
	facts,
});

const manifest = (partitions: Record<string, PartitionEntry>): TableManifest => ({
	format: 1,
	table: servingTable,
	contract: 1,
	partitions,
});
