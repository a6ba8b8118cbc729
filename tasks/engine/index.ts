export { computeAll, digestOf, inputsOf, neededBy, sourcesOf } from './compute-all';
export { DuckDbEngine, requireDuckDb } from './duckdb-engine';
export {
	countRows,
	type Engine,
	type FetchedBatches,
	fingerprintRows,
	type RankedBatch,
	type Relation,
	type SpillRelation,
} from './engine';
