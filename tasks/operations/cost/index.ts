export { costOfRecord, costOfTask } from './cost-of-record';
export type { CostRecord } from './cost-record';
export { keepCostRecord } from './keep-cost-record';
export { withOwnPrices } from './own-prices';
export { readCostRecords } from './read-records';
export { type CostSummary, type StepCost, summarizeCosts } from './summarize-costs';
