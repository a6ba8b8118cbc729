import type { PartitionEntry } from '../../lake';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';

/** What a run has computed so far: if another run commits first, partitions whose inputs did not change are reused. */
export class ComputedPartitions {
	private readonly entries = new Map<string, PartitionEntry | undefined>();

	remember(table: string, partition: string, inputs: InputVersions, entry: PartitionEntry | undefined): void {
		this.entries.set(inputsKey(table, partition, inputs), entry);
	}

	/** Stages a partition if it was computed from these inputs before; says whether it was. */
	reuse(staged: StagedSnapshot, table: string, partition: string, inputs: InputVersions): boolean {
		const key = inputsKey(table, partition, inputs);
		if (!this.entries.has(key)) return false;
		staged.put(table, partition, this.entries.get(key), inputs);
		return true;
	}
}

const inputsKey = (table: string, partition: string, inputs: InputVersions): string =>
	JSON.stringify([table, partition, Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))]);
