export { loadProject } from './load-project';
export { listOwnTables, noProject, type Project, type ProjectGoldTable, type ServingTarget } from './project';
