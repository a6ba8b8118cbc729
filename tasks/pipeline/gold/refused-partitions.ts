import { goldTableName } from '../../contracts';
import { whole } from '../../lake';

/** A Gold partition that can't be computed for a reason in the data. */
export interface RefusedPartition {
	/** With its layer: `gold_daily_sales`. */
	readonly table: string;
	/** A date; `all` for a table without partitions. */
	readonly partition: string;
	/** What does not fit, with its key; undefined where a table that is published together with this one has the reason. */
	readonly reason: string | undefined;
}

/** The partitions that a run could not compute. They keep what they had and stay stale. */
export class RefusedPartitions {
	private readonly found: RefusedPartition[] = [];

	add(table: string, partition: string, reason: string | undefined): void {
		this.found.push({ table: goldTableName(table), partition, reason });
	}

	get list(): readonly RefusedPartition[] {
		return this.found;
	}
}

/** Partitions, and batches of each, that the message names; the result lists all partitions. */
const maxNamed = { partitions: 20, batches: 5 };

/**
 * The message about partitions that a run could not compute: what does not fit, where, and how to fix it. `listBatches`
 * gives the batches that a date's records come from.
 */
export function refusalMessage(
	refused: readonly RefusedPartition[],
	listBatches: (partition: string) => readonly string[],
): string {
	const partitions = [...new Set(refused.map(({ partition }) => partition))];
	const lines = partitions.slice(0, maxNamed.partitions).map((partition) => {
		const tables = refused.filter((one) => one.partition === partition);
		return describeRefusal(partition, tables, listBatches(partition));
	});
	const more =
		partitions.length > maxNamed.partitions ? [`… and ${partitions.length - maxNamed.partitions} more.`] : [];
	return [
		'Gold is published, except these dates and tables, which are unchanged:',
		...lines,
		...more,
		"Correct the batch and ingest it again, or withdraw it with 'shoplake withdraw --batch ID'. Then run 'shoplake aggregate'.",
	].join('\n');
}

function describeRefusal(partition: string, refused: readonly RefusedPartition[], batches: readonly string[]): string {
	const reasons = refused.flatMap(({ table, reason }) => (reason === undefined ? [] : [`${table}: ${reason}`]));
	const others = refused.filter(({ reason }) => reason === undefined).map(({ table }) => table);
	const withThem =
		others.length > 0 ? `; not published with ${reasons.length === 1 ? 'it' : 'them'}: ${others.join(', ')}` : '';
	const named = batches.slice(0, maxNamed.batches).map((batch) => `batch ${batch}`);
	if (batches.length > named.length) named.push(`${batches.length - named.length} other batches`);
	const from = named.length > 0 ? ` (records of ${named.join(', ')})` : '';
	return `${partition === whole ? '' : `${partition}: `}${reasons.join('; ')}${withThem}${from}.`;
}
