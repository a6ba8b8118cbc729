import type { FileRef, PartitionEntry, TableManifest } from '../../lake';
import { goldFiles, goldVersion, type LoadState, leaseMs, partialVersion } from './load-state';

/** A load's claim to write items: which attempt loads, and since when. */
export interface LoadLease {
	readonly attempt: string;
	readonly at: Date;
}

/** The serving table with a load of these dates begun: what it will write may be in DynamoDB from now on. */
export function beginLoad(state: LoadState, dates: readonly string[], lease: LoadLease): TableManifest {
	const begun = dates.map((date): [string, PartitionEntry] => {
		const before = state.serving[date];
		const files = uniteFiles(before?.files ?? [], goldFiles(state, date));
		const leases = { ...otherLeases(before, lease), [lease.attempt]: lease.at.toISOString() };
		return [date, entry('', files, leases)];
	});
	return manifest(state, { ...state.serving, ...Object.fromEntries(begun) });
}

/**
 * The serving table after these dates were loaded from this very state. A date that another load holds a lease on stays
 * unfinished, because that load may overwrite what this one wrote: the last load finishes it. A date that was loaded
 * only in part stays stale.
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
	return manifest(state, serving);
}

/** The serving table after a load of these dates failed and released its lease: they stay unfinished, for the next load. */
export function releaseLoad(state: LoadState, dates: readonly string[], lease: LoadLease): TableManifest {
	const released = dates.flatMap((date): [string, PartitionEntry][] => {
		const before = state.serving[date];
		return before ? [[date, entry('', before.files, otherLeases(before, lease))]] : [];
	});
	return manifest(state, { ...state.serving, ...Object.fromEntries(released) });
}

/**
 * Whether a load from the state `loaded` may have left items of a date that differ from Gold now: Gold has changed, or
 * another load has begun with files that this one did not know (Gold may have changed and changed back).
 */
export function isOvertaken(loaded: LoadState, now: LoadState, date: string): boolean {
	if (goldVersion(now, date) !== goldVersion(loaded, date)) return true;
	const known = new Set(loaded.serving[date]?.files.map(({ key }) => key));
	return (now.serving[date]?.files ?? []).some(({ key }) => !known.has(key));
}

/** The leases of other loads that have not expired: those loads may still write. */
function otherLeases(before: PartitionEntry | undefined, { attempt, at }: LoadLease): Record<string, string> {
	const others = Object.entries(before?.facts ?? {}).flatMap(([other, since]) =>
		other !== attempt && at.getTime() - Date.parse(String(since)) < leaseMs ? [[other, String(since)]] : [],
	);
	return Object.fromEntries(others);
}

function uniteFiles(files: readonly FileRef[], others: readonly FileRef[]): FileRef[] {
	return [...new Map([...files, ...others].map((file) => [file.key, file])).values()];
}

const entry = (version: string, files: readonly FileRef[], leases: Record<string, string>): PartitionEntry => ({
	version,
	files: [...files],
	rows: files.reduce((sum, { rows }) => sum + rows, 0),
	fingerprint: '',
	facts: leases,
});

const manifest = ({ set }: LoadState, partitions: Record<string, PartitionEntry>): TableManifest => ({
	format: 1,
	table: set.manifest,
	contract: 1,
	partitions,
});
