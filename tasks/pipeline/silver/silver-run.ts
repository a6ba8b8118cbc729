import type { Contracts } from '../../contracts';
import type { Engine } from '../../engine';
import type { Snapshot, TableManifest } from '../../lake';

/** What a change of Silver is computed with. */
export interface SilverRun {
	readonly engine: Engine;
	/** The lake as it was. */
	readonly snapshot: Snapshot;
	readonly contracts: Contracts;
	/** Names the versions of the partitions that are written. */
	readonly attempt: string;
}

/** New manifests by table. */
export type Manifests = Record<string, TableManifest>;

/** The same run with relations of its own, which are dropped when the work is done. */
export const scoped = <T>(run: SilverRun, work: (run: SilverRun) => Promise<T>): Promise<T> =>
	run.engine.scoped((engine) => work({ ...run, engine }));
