import { App, type AppProps, Tags } from 'aws-cdk-lib';
import { readTimeZone } from '../../tasks/platform/config';
import { findProject } from '../../tasks/platform/project-folder';
import { loadProject } from '../../tasks/project';
import { DashboardsStack } from '../dashboards/dashboards-stack';
import { environmentNames, isEnvironmentName } from '../environments';
import { LakehouseStack } from '../lakehouse-stack';
import { Budget } from '../operations/budget';
import { stackName } from '../stack-name';

/**
 * The CDK app: the stack, with the tables of the project of this process. Its context:
 *
 * - `env`: `dev`, `staging` or `prod` (see `environments.ts`);
 * - `interfaceEndpoints=true`: see Network;
 * - `airflow=mwaa`: see ManagedAirflow;
 * - `sourceBuckets=one,two`: buckets besides the lake's that `ingest` may read;
 * - `budget=20`: a stack `ShoplakeBudget` that warns before a month costs that many US dollars;
 * - `dashboardReader=ARN`: a stack `ShoplakeDashboards` for this user or group of QuickSight.
 *
 * Throws Error where a value is none of these.
 */
export async function createApp(props: AppProps = {}): Promise<App> {
	const folder = findProject(process.env);
	const project = folder === undefined ? undefined : await loadProject(folder);
	const app = new App(props);
	const env = app.node.tryGetContext('env');
	if (env !== undefined && !isEnvironmentName(env)) {
		throw new Error(`env=${env}: the environments are ${environmentNames.join(', ')}.`);
	}
	const lakehouse = new LakehouseStack(app, stackName, {
		...(env ? { environment: env } : {}),
		interfaceEndpoints: app.node.tryGetContext('interfaceEndpoints') === 'true',
		managedAirflow: app.node.tryGetContext('airflow') === 'mwaa',
		sourceBuckets: listed(app.node.tryGetContext('sourceBuckets')),
		timeZone: readTimeZone(process.env, project?.config.timeZone),
		servingTargets: project?.goldTables.flatMap(({ serving }) => serving ?? []) ?? [],
	});
	const reader = app.node.tryGetContext('dashboardReader');
	if (reader !== undefined) new DashboardsStack(app, `${stackName}Dashboards`, { lakehouse, reader });
	const budget = app.node.tryGetContext('budget');
	if (budget !== undefined) new Budget(app, `${stackName}Budget`, { usd: dollars(budget) });
	if (env) Tags.of(app).add('environment', env);
	return app;
}

const listed = (names: string | undefined): string[] => names?.split(',').filter((name) => name !== '') ?? [];

function dollars(text: string): number {
	const usd = Number(text);
	if (!(usd > 0)) throw new Error(`budget=${text}: it is a number of US dollars a month, such as 20.`);
	return usd;
}
