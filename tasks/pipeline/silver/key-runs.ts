import type { PartitionEntry } from '../../lake';

/** Orders that came to a date: all of them new, or all from another date. */
export interface AddedDate {
	readonly date: string;
	readonly kind: 'new' | 'moved';
	readonly orders: number;
	/** The first and the last of their ids, in order. */
	readonly least: string;
	readonly most: string;
}

/** The range of the ids in a run, both ends included; undefined for a run that may hold any id. */
export type IdRange = { readonly least: string; readonly most: string } | undefined;

/** Rows that are written into one run. */
export interface NewRun {
	readonly dates: readonly AddedDate[];
	readonly range: IdRange;
	/** The runs that it replaces. */
	readonly merged: readonly string[];
}

/** A run with a range does not grow beyond this many keys: a batch that touches it fetches it whole, about 20 MB. */
const largestRun = 2_000_000;
/** A date with fewer new orders than this share of the largest one's has late orders, whose ids lie elsewhere. */
const leastShare = 0.01;

/** The range that an entry of the index records. */
export function rangeOf({ facts }: PartitionEntry): IdRange {
	return facts?.least === undefined || facts.most === undefined
		? undefined
		: { least: String(facts.least), most: String(facts.most) };
}

/**
 * The runs that added dates are written into. Orders that are new on the dates of their batch have ids that lie together,
 * where a shop counts its ids up: their runs have a range. Late orders and those that moved would widen it; they go to runs
 * without one.
 */
export function planRuns(
	added: readonly AddedDate[],
	partitions: Readonly<Record<string, PartitionEntry>>,
): readonly NewRun[] {
	const most = Math.max(0, ...added.filter(({ kind }) => kind === 'new').map(({ orders }) => orders));
	const isMain = ({ kind, orders }: AddedDate) => kind === 'new' && orders >= most * leastShare;
	const others = added.filter((one) => !isMain(one));
	const stored = Object.entries(partitions).sort((one, other) => one[1].rows - other[1].rows);
	const ranged = stored.filter(([, entry]) => rangeOf(entry));
	const runs: NewRun[] = packDates(added.filter(isMain)).map((dates) => {
		const rows = countOrders(dates);
		const merged = takeSmall(ranged, rows, largestRun);
		return { dates, range: unite([...dates, ...merged.map(([, entry]) => rangeOf(entry))]), merged: namesOf(merged) };
	});
	if (others.length === 0) return runs;
	const unranged = stored.filter(([, entry]) => !rangeOf(entry));
	const merged = takeSmall(unranged, countOrders(others), Number.POSITIVE_INFINITY);
	return [...runs, { dates: others, range: undefined, merged: namesOf(merged) }];
}

const namesOf = (runs: readonly (readonly [string, PartitionEntry])[]): string[] => runs.map(([name]) => name);
const countOrders = (dates: readonly AddedDate[]): number => dates.reduce((sum, { orders }) => sum + orders, 0);

/** Dates in order, in groups that fit a run. */
function packDates(dates: readonly AddedDate[]): AddedDate[][] {
	const groups: AddedDate[][] = [];
	let rows = Number.POSITIVE_INFINITY;
	for (const date of [...dates].sort((one, other) => (one.date < other.date ? -1 : 1))) {
		rows += date.orders;
		if (rows > largestRun) {
			groups.push([]);
			rows = date.orders;
		}
		groups.at(-1)?.push(date);
	}
	return groups;
}

/**
 * Takes the runs out of a list, smallest first, that are merged with further rows: as long as each is at most twice as large
 * as what there is, so that there are few runs (a logarithm of the commits) and each key is seldom written again.
 */
function takeSmall(
	runs: [string, PartitionEntry][],
	rows: number,
	largest: number,
): readonly (readonly [string, PartitionEntry])[] {
	let [sum, taken] = [rows, 0];
	for (const [, entry] of runs) {
		if (entry.rows > 2 * sum || sum + entry.rows > largest) break;
		sum += entry.rows;
		taken++;
	}
	return runs.splice(0, taken);
}

/** The range of all; bytewise, as engines compare texts. */
function unite(ranges: readonly (IdRange | AddedDate)[]): IdRange {
	const known = ranges.filter((range) => range !== undefined);
	const pick = (values: readonly string[], sign: 1 | -1) =>
		values.reduce((best, value) => (sign * Buffer.compare(Buffer.from(value), Buffer.from(best)) < 0 ? value : best));
	return {
		least: pick(
			known.map(({ least }) => least),
			1,
		),
		most: pick(
			known.map(({ most }) => most),
			-1,
		),
	};
}
