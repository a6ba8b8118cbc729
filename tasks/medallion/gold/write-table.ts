import { type GoldTableName, goldTables } from '../../contracts';
import { type Workbench, writePartitions } from '../../engines/table-files';
import type { PartitionEntry } from '../../lake';
import type { BuiltPartitions } from './built-partitions';
import type { GoldDraft, Inputs } from './draft';

/** What the steps of one attempt to restate Gold share. */
export interface Work {
	readonly bench: Workbench;
	readonly draft: GoldDraft;
	/** Versions the files that the attempt writes. */
	readonly attempt: string;
	/** What the run has computed so far, in this and in earlier attempts. */
	readonly built: BuiltPartitions;
}

/** A partition to write, and what it was computed from. */
export interface Target {
	readonly partition: string;
	readonly inputs: Inputs;
}

/**
 * Writes the rows of a view (by default the one named like the table) as partitions of a Gold table, and puts them
 * into the draft. A partition whose rows are as before keeps its files; one without rows is noted as empty.
 */
export async function writeTable(
	{ bench, draft, attempt, built }: Work,
	table: GoldTableName,
	targets: readonly Target[],
	factsOf: (partition: string) => PartitionEntry['facts'] = () => undefined,
	from: string = table,
): Promise<void> {
	const current = draft.base(table).partitions;
	const partitions = targets.map(({ partition }) => partition);
	const options = { from, partitions, attempt, current, keep: true };
	const written = await writePartitions(bench, goldTables[table], options);
	for (const { partition, inputs } of targets) {
		const rows = written.get(partition);
		const facts = factsOf(partition);
		const entry = rows && { ...rows, ...(facts ? { facts } : {}) };
		draft.put(table, partition, entry, inputs);
		// An entry that was there before belongs to its head: if another run replaces it, vacuum may take its files.
		if (entry?.version === attempt || !entry) built.remember(table, partition, inputs, entry);
	}
}
