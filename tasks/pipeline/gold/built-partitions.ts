import type { GoldTableName } from '../../contracts';
import type { PartitionEntry } from '../../lake';
import type { GoldDraft, Inputs } from './draft';

/** What a run has computed so far: where another run commits first, what has the same inputs still stands. */
export class BuiltPartitions {
	private readonly entries = new Map<string, PartitionEntry | undefined>();

	remember(table: GoldTableName, partition: string, inputs: Inputs, entry: PartitionEntry | undefined): void {
		this.entries.set(inputsKey(table, partition, inputs), entry);
	}

	/** Puts a partition into the draft if it was computed from these inputs before; says whether it was. */
	recall(draft: GoldDraft, table: GoldTableName, partition: string, inputs: Inputs): boolean {
		const key = inputsKey(table, partition, inputs);
		if (!this.entries.has(key)) return false;
		draft.put(table, partition, this.entries.get(key), inputs);
		return true;
	}
}

const inputsKey = (table: GoldTableName, partition: string, inputs: Inputs): string =>
	JSON.stringify([table, partition, Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))]);
