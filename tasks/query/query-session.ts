import type { Lake, Snapshot } from '../lake';
import type { EngineResources } from '../lake/partitions';

/** The session in which the tables of one query are mounted; each becomes a view of its own name. */
export interface QuerySession extends EngineResources {
	readonly lake: Lake;
	readonly snapshot: Snapshot;
}

/** A column of DuckDB: its name, and its type as DuckDB spells it. */
export type DuckDbColumn = readonly [name: string, type: string];
