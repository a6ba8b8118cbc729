export { loadProject } from './load-project';
export { noProject, type Project, type ProjectGoldTable, type ServingTarget } from './project';
