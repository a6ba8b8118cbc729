export { computeAll, digestOf, inputsOf, neededBy, sourcesOf } from './compute-all';
export { Engine, type Relation } from './engine';
export type { SpillTable } from './spill-table';
