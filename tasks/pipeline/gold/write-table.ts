import { type GoldTableName, goldTables, type Table } from '../../contracts';
import type { PartitionEntry } from '../../lake';
import { duckdbType, type Workbench, writePartitions } from '../../lake/partitions';
import { identifier } from '../../platform/duckdb/quote';
import type { BuiltPartitions } from './built-partitions';
import type { GoldDraft, Inputs } from './draft';
import { findOverflows } from './find-overflows';
import type { RefusedPartitions } from './refused-partitions';

/** What the steps of one attempt to restate Gold share. */
export interface Work {
	readonly bench: Workbench;
	readonly draft: GoldDraft;
	/** Versions the files that the attempt writes. */
	readonly attempt: string;
	/** What the run has computed so far, in this and in earlier attempts. */
	readonly built: BuiltPartitions;
	/** What the attempt could not compute for a reason in the data. */
	readonly refused: RefusedPartitions;
}

/** A partition to write, and what it was computed from. */
export interface Target {
	readonly partition: string;
	readonly inputs: Inputs;
}

/**
 * Of some partitions of tables that are published together, those whose amounts fit the columns of each table. The
 * others are refused in all of these tables, and keep what they had.
 */
export async function refuseOverflows(
	work: Work,
	tables: readonly GoldTableName[],
	partitions: readonly string[],
): Promise<string[]> {
	const reasons = new Map<GoldTableName, ReadonlyMap<string, string>>();
	for (const table of tables) reasons.set(table, await findOverflows(work.bench.duckdb, table));
	const isRefused = (partition: string) => tables.some((table) => reasons.get(table)?.has(partition));
	for (const partition of partitions.filter(isRefused)) {
		refuse(work, tables, partition, (table) => reasons.get(table)?.get(partition));
	}
	return partitions.filter((partition) => !isRefused(partition));
}

/** Leaves a partition of tables that are published together as it was, and notes why. */
function refuse(
	{ draft, refused }: Work,
	tables: readonly GoldTableName[],
	partition: string,
	refusalReason: (table: GoldTableName) => string | undefined,
): void {
	for (const table of tables) {
		draft.restore(table, partition);
		refused.add(table, partition, refusalReason(table));
	}
}

/**
 * The same for tables whose computation failed as one, as `computeEach` tells of it: the first of them says why.
 */
export const refuseTogether =
	(work: Work, tables: readonly GoldTableName[]) =>
	(partition: string, reason: string): void =>
		refuse(work, tables, partition, (table) => (table === tables[0] ? reason : undefined));

/**
 * Writes the rows of a view (by default the one named like the table) as partitions of a Gold table, in the types of its
 * columns, and puts them into the draft. A partition whose rows are as before keeps its files; one without rows is noted
 * as empty.
 */
export async function writeTable(
	{ bench, draft, attempt, built }: Work,
	table: GoldTableName,
	targets: readonly Target[],
	partitionFacts: (partition: string) => PartitionEntry['facts'] = () => undefined,
	from: string = table,
): Promise<void> {
	const current = draft.base(table).partitions;
	const partitions = targets.map(({ partition }) => partition);
	await bench.duckdb.execute(`create or replace temp view typed_rows as ${typedRows(goldTables[table], from)}`);
	const options = { from: 'typed_rows', partitions, attempt, current, keep: true };
	const written = await writePartitions(bench, goldTables[table], options);
	for (const { partition, inputs } of targets) {
		const rows = written.get(partition);
		const facts = partitionFacts(partition);
		const entry = rows && { ...rows, ...(facts ? { facts } : {}) };
		draft.put(table, partition, entry, inputs);
		// An entry that was there before belongs to its head: if another run replaces it, vacuum may take its files.
		if (entry?.version === attempt || !entry) built.remember(table, partition, inputs, entry);
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
