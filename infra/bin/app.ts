import { App } from 'aws-cdk-lib';
import { readTimeZone } from '../../tasks/platform/config';
import { findProject } from '../../tasks/platform/project-folder';
import { loadProject } from '../../tasks/project';
import { LakehouseStack } from '../lakehouse-stack';

const folder = findProject(process.env);
const project = folder === undefined ? undefined : await loadProject(folder);
const app = new App();
new LakehouseStack(app, 'Shoplake', {
	interfaceEndpoints: app.node.tryGetContext('interfaceEndpoints') === 'true',
	timeZone: readTimeZone(process.env, project?.config.timeZone),
	servingTargets: project?.goldTables.flatMap(({ serving }) => serving ?? []) ?? [],
});
