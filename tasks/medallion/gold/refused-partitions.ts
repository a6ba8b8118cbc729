import { type GoldTableName, goldTables } from '../../contracts';
import { whole } from '../../lake';
import { DataRefusedError } from '../../shared/errors';

/** A Gold partition that can't be computed for a reason in the data. */
export interface RefusedPartition {
	/** With its layer: `gold_daily_sales`. */
	readonly table: string;
	/** A date; `all` for a table that is kept whole. */
	readonly partition: string;
	/** What does not fit, with its key. None where it is refused with other tables, which are published together with it. */
	readonly reason: string | undefined;
}

/** The partitions that a run could not compute. They keep what they had, and stay stale. */
export class RefusedPartitions {
	private readonly found: RefusedPartition[] = [];

	add(table: GoldTableName, partition: string, reason: string | undefined): void {
		this.found.push({ table: goldTables[table].name, partition, reason });
	}

	get list(): readonly RefusedPartition[] {
		return this.found;
	}
}

/** DuckDB's words for a value that it can't convert or hold. */
const dataErrors = /^(Conversion|Out of Range|Invalid Input) Error/;

/** Whether the data are to blame for an error, so that other data may do. */
export const isOfData = (error: unknown): boolean =>
	error instanceof DataRefusedError || dataErrors.test((error as Error).message ?? '');

/**
 * Computes dates together. Where the data of some date make that fail, computes them in halves until the date is found,
 * and tells `refuse` of it; the others are computed. `compute` may be called for a date again after it has failed.
 */
export async function computeEach(
	dates: readonly string[],
	compute: (dates: readonly string[]) => Promise<void>,
	refuse: (date: string, reason: string) => void,
): Promise<void> {
	try {
		await compute(dates);
	} catch (error) {
		if (!isOfData(error)) throw error;
		const [date] = dates;
		if (dates.length === 1 && date !== undefined) return refuse(date, (error as Error).message);
		const middle = Math.ceil(dates.length / 2);
		await computeEach(dates.slice(0, middle), compute, refuse);
		await computeEach(dates.slice(middle), compute, refuse);
	}
}

/** Partitions that a message tells of; the result has the others. */
const mostTold = 20;

/**
 * What a user is told of the partitions that a run could not compute: what does not fit, where, and what to do.
 * `batchesOf` are the batches that a date's records come from.
 */
export function refusalMessage(
	refused: readonly RefusedPartition[],
	batchesOf: (partition: string) => readonly string[],
): string {
	const partitions = [...new Set(refused.map(({ partition }) => partition))];
	const lines = partitions.slice(0, mostTold).map((partition) => {
		const own = refused.filter((one) => one.partition === partition);
		const reasons = own.flatMap(({ table, reason }) => (reason === undefined ? [] : [`${table}: ${reason}`]));
		const others = own.filter(({ reason }) => reason === undefined).map(({ table }) => table);
		const withThem =
			others.length > 0 ? `; not published with ${reasons.length === 1 ? 'it' : 'them'}: ${others.join(', ')}` : '';
		const batches = batchesOf(partition);
		const from = batches.length > 0 ? ` (records of ${batches.map((batch) => `batch ${batch}`).join(', ')})` : '';
		return `${partition === whole ? '' : `${partition}: `}${reasons.join('; ')}${withThem}${from}.`;
	});
	const more = partitions.length > mostTold ? [`… and ${partitions.length - mostTold} more.`] : [];
	return [
		'Gold is published but for these, which stay as they were:',
		...lines,
		...more,
		"Correct the batch and ingest it again, or take it out with 'shoplake withdraw --batch ID'. Then run 'shoplake aggregate'.",
	].join('\n');
}
