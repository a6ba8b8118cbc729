export { listOutdatedBatches } from './bronze';
export { type PlannedStep, planSteps } from './plan-steps';
export { rebuild, retype } from './rebuild';
export { reportStatus, type StatusRow } from './report-status';
export { type BatchToRun, measureStep, planRun, runBatch, type StepReport, stepNames } from './run-batch';
