export { computeAll } from './compute-all';
export { Engine, type Relation } from './engine';
export type { SpillTable } from './spill-table';
