import { type GoldTableName, goldTables, type Table } from '../../contracts';
import type { PartitionEntry } from '../../lake';
import { duckdbType, writePartitions } from '../../lake/partitions';
import { identifier } from '../../platform/duckdb/quote';
import type { GoldRun, PartitionToCompute } from './gold-run';

/**
 * Writes the rows of a view (by default the one named like the table) as partitions of a Gold table, in the types of its
 * columns, and stages them. A partition whose rows did not change keeps its files; one without rows is recorded as empty.
 */
export async function writeTable(
	{ engine, staged, attempt, computed }: GoldRun,
	table: GoldTableName,
	targets: readonly PartitionToCompute[],
	partitionStats: (partition: string) => PartitionEntry['facts'] = () => undefined,
	from: string = table,
): Promise<void> {
	const current = staged.baseManifest(table).partitions;
	const partitions = targets.map(({ partition }) => partition);
	await engine.duckdb.execute(`create or replace temp view typed_rows as ${typedRows(goldTables[table], from)}`);
	const options = { from: 'typed_rows', partitions, attempt, current, keep: true };
	const written = await writePartitions(engine, goldTables[table], options);
	for (const { partition, inputs } of targets) {
		const rows = written.get(partition);
		const stats = partitionStats(partition);
		const entry = rows && { ...rows, ...(stats ? { facts: stats } : {}) };
		staged.put(table, partition, entry, inputs);
		// An entry that was there before belongs to its head: if another run replaces it, vacuum may take its files.
		if (entry?.version === attempt || !entry) computed.remember(table, partition, inputs, entry);
	}
}

/** SQL of the rows of a view in the types of a table, with its partition column. */
function typedRows({ columns, partition }: Table, from: string): string {
	const typed = columns.map(
		({ name, type }) => `cast(${identifier(name)} as ${duckdbType(type)}) as ${identifier(name)}`,
	);
	if (partition) typed.push(identifier(partition.column));
	return `select ${typed.join(', ')} from ${identifier(from)}`;
}
