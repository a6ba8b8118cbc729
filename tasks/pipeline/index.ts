export { type BatchToRun, planRun, runBatch, type StepReport, stepNames, timed } from './run-batch';
