import type { Table } from '../../contracts';
import type { Relation } from '../../engine';
import { computeEach } from '../../platform/compute-each';
import { findOverflows } from './find-overflows';
import type { GoldRun } from './gold-run';

/**
 * Computes tables that are published together, chunk by chunk. A partition whose data can't be computed is refused in
 * all of these tables and keeps what it had; the others are computed.
 */
export async function computeOrRefuse(
	run: GoldRun,
	tables: readonly string[],
	chunks: readonly (readonly string[])[],
	compute: (partitions: readonly string[]) => Promise<void>,
): Promise<void> {
	for (const chunk of chunks) {
		await computeEach(chunk, compute, (partition, reason) =>
			refuse(run, tables, partition, (table) => (table === tables[0] ? reason : undefined)),
		);
	}
}

/**
 * Refuses computed partitions whose amounts do not fit the columns of one of these tables, which are published together,
 * and those with a fault of another kind.
 * Returns the partitions that fit. A refused one keeps what it had, in all of these tables.
 */
export async function refuseFaults(
	run: GoldRun,
	rows: Readonly<Record<string, Relation>>,
	tables: readonly string[],
	partitions: readonly string[],
	faults: ReadonlyMap<string, string> = new Map(),
): Promise<string[]> {
	const reasons = new Map<string, ReadonlyMap<string, string>>();
	for (const table of tables) {
		const definition = run.staged.tables[table] as Table;
		reasons.set(table, await findOverflows(run.engine, definition, rows[table] as Relation));
	}
	const isRefused = (partition: string) =>
		faults.has(partition) || tables.some((table) => reasons.get(table)?.has(partition));
	for (const partition of partitions.filter(isRefused)) {
		refuse(
			run,
			tables,
			partition,
			(table) => reasons.get(table)?.get(partition) ?? (table === tables[0] ? faults.get(partition) : undefined),
		);
	}
	return partitions.filter((partition) => !isRefused(partition));
}

/** Reverts a partition in tables that are published together, and records why. */
function refuse(
	{ staged, refused }: GoldRun,
	tables: readonly string[],
	partition: string,
	refusalReason: (table: string) => string | undefined,
): void {
	for (const table of tables) {
		staged.revert(table, partition);
		refused.add(table, partition, refusalReason(table));
	}
}
