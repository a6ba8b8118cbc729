export { type BatchToRun, runBatch, type StepReport, stepNames, timed } from './run-batch';
