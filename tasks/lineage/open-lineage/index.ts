export { LineageRun, type SourceFlags } from './lineage-run';
export { isLineageWanted } from './settings';
