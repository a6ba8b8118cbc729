export { aggregate, planAggregate } from './aggregate';
export type { Stale } from './staleness';
export { rebuildGold } from './rebuild';
