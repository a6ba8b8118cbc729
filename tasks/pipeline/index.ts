export { type PlannedStep, planSteps } from './plan';
export { rebuild } from './rebuild';
export { type BatchToRun, planRun, runBatch, type StepReport, stepNames, timed } from './run-batch';
export { type StatusRow, statusReport } from './status';
