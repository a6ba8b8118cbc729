import { App } from 'aws-cdk-lib';
import { findProject } from '../../tasks/platform/project-folder';
import { loadProject } from '../../tasks/project';
import { DashboardsStack } from '../dashboards/dashboards-stack';
import { LakehouseStack } from '../lakehouse-stack';

const folder = findProject(process.env);
const project = folder === undefined ? undefined : await loadProject(folder);
const app = new App();
const lakehouse = new LakehouseStack(app, 'Shoplake', {
	interfaceEndpoints: app.node.tryGetContext('interfaceEndpoints') === 'true',
	servingTargets: project?.goldTables.flatMap(({ serving }) => serving ?? []) ?? [],
});
const reader: string | undefined = app.node.tryGetContext('dashboardReader');
if (reader !== undefined) new DashboardsStack(app, 'ShoplakeDashboards', { lakehouse, reader });
