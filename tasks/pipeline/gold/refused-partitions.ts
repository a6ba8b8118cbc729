import { type GoldTableName, goldTables } from '../../contracts';
import { whole } from '../../lake';

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

/** Partitions, and batches of each, that a message names; the result has the other partitions. */
const mostNamed = { partitions: 20, batches: 5 };

/**
 * The message about partitions that a run could not compute: what does not fit, where, and what to do.
 * `batchesOf` are the batches that a date's records come from.
 */
export function refusalMessage(
	refused: readonly RefusedPartition[],
	listBatches: (partition: string) => readonly string[],
): string {
	const partitions = [...new Set(refused.map(({ partition }) => partition))];
	const lines = partitions.slice(0, mostNamed.partitions).map((partition) => {
		const own = refused.filter((one) => one.partition === partition);
		const reasons = own.flatMap(({ table, reason }) => (reason === undefined ? [] : [`${table}: ${reason}`]));
		const others = own.filter(({ reason }) => reason === undefined).map(({ table }) => table);
		const withThem =
			others.length > 0 ? `; not published with ${reasons.length === 1 ? 'it' : 'them'}: ${others.join(', ')}` : '';
		const batches = listBatches(partition);
		const named = batches.slice(0, mostNamed.batches).map((batch) => `batch ${batch}`);
		if (batches.length > named.length) named.push(`${batches.length - named.length} other batches`);
		const from = named.length > 0 ? ` (records of ${named.join(', ')})` : '';
		return `${partition === whole ? '' : `${partition}: `}${reasons.join('; ')}${withThem}${from}.`;
	});
	const more =
		partitions.length > mostNamed.partitions ? [`… and ${partitions.length - mostNamed.partitions} more.`] : [];
	return [
		'Gold is published, except these dates and tables, which stay as they were:',
		...lines,
		...more,
		"Correct the batch and ingest it again, or take it out with 'shoplake withdraw --batch ID'. Then run 'shoplake aggregate'.",
	].join('\n');
}
