import type { Table } from '../../contracts';
import type { Engine, Relation } from '../../engine';
import type { PartitionEntry } from '../../lake';
import { identifier } from '../../platform/duckdb/quote';
import type { GoldRun, PartitionToCompute } from './gold-run';

/**
 * Writes rows as partitions of a Gold table, in the types of its columns, and stages them. A partition whose rows did not change keeps its files; one without rows is recorded as empty.
 */
export async function writeTable(
	{ engine, staged, attempt, computed }: GoldRun,
	table: string,
	rows: Relation,
	targets: readonly PartitionToCompute[],
	partitionStats: ReadonlyMap<string, PartitionEntry['facts']>,
): Promise<void> {
	const current = staged.baseManifest(table).partitions;
	const partitions = targets.map(({ partition }) => partition);
	const typed = await engine.view(typedRowsSql(engine, staged.tables[table] as Table, rows));
	const written = await engine.write(staged.tables[table] as Table, typed, {
		partitions,
		attempt,
		current,
		keep: true,
	});
	for (const { partition, inputs } of targets) {
		const file = written.get(partition);
		const stats = partitionStats.get(partition);
		const entry = file && { ...file, ...(stats ? { facts: stats } : {}) };
		staged.put(table, partition, entry, inputs);
		// An entry that was there before belongs to its head: if another run replaces it, vacuum may take its files.
		if (entry?.version === attempt || !entry) computed.remember(table, partition, inputs, entry);
	}
}

/** SQL of rows in the types of a table, with its partition column. */
export function typedRowsSql(
	{ dialect }: Pick<Engine, 'dialect'>,
	{ columns, partition }: Table,
	{ name: rows }: Relation,
): string {
	const typed = columns.map(
		({ name, type }) => `cast(${identifier(name)} as ${dialect.type(type)}) as ${identifier(name)}`,
	);
	if (partition) typed.push(identifier(partition.column));
	return `select ${typed.join(', ')} from ${rows}`;
}
