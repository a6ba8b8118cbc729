export { aggregate, planAggregate } from './aggregate';
export { rebuildGold } from './rebuild';
export type { StalePartition } from './staleness';
