import type { Engine } from '../../engine';
import type { ComputedPartitions } from './computed-partitions';
import type { RefusedPartitions } from './refused-partitions';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';

/** What the steps of one attempt to recompute Gold share. */
export interface GoldRun {
	readonly engine: Engine;
	readonly staged: StagedSnapshot;
	/** The version of the files that the attempt writes. */
	readonly attempt: string;
	/** What the run has computed so far, in this and in earlier attempts. */
	readonly computed: ComputedPartitions;
	/** What the attempt could not compute for a reason in the data. */
	readonly refused: RefusedPartitions;
}

/** A partition to compute, and the versions to compute it from. */
export interface PartitionToCompute {
	readonly partition: string;
	readonly inputs: InputVersions;
}

/** The same run with relations of its own, which are dropped when the work is done. */
export const scoped = <T>(run: GoldRun, work: (run: GoldRun) => Promise<T>): Promise<T> =>
	run.engine.scoped((engine) => work({ ...run, engine }));
