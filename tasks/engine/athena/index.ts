export { AthenaRun } from './athena-run';
