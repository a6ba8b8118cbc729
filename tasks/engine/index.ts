export { Engine, type Relation } from './engine';
export type { SpillTable } from './spill-table';
