export { type PlannedStep, planOf } from './plan';
export { type StatusRow, statusReport } from './report';
