import { Aws, CliCredentialsStackSynthesizer, type IStackSynthesizer, Stack, Tags } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDashboard, type CfnDataSet, CfnDataSource } from 'aws-cdk-lib/aws-quicksight';
import type { Construct } from 'constructs';
import type { LakehouseStack } from '../lakehouse-stack';
import { createGoldDataSet } from './gold-data-set';
import { dashboardTables, defineSalesDashboard } from './sales-dashboard';

const userOrGroup = /^arn:[\w-]+:quicksight:[\w-]+:\d{12}:(user|group)\/.+\/.+$/;

/**
 * A dashboard of sales and stock in QuickSight, over Gold through Athena. A stack of its own: it needs an account with a
 * subscription to QuickSight, and the lakehouse must not fail to deploy without one.
 *
 * @example
 * new DashboardsStack(app, 'ShoplakeDashboards', { lakehouse, reader: 'arn:aws:quicksight:us-east-1:111122223333:group/default/shop' });
 */
export class DashboardsStack extends Stack {
	/** What QuickSight may do on behalf of those who look at the dashboard: read Gold. */
	readonly role: Role;
	readonly dashboard: CfnDashboard;

	/** `reader` is the user or group of QuickSight who may look at the dashboard. */
	constructor(
		scope: Construct,
		id: string,
		{ lakehouse, reader }: { readonly lakehouse: LakehouseStack; readonly reader: string },
	) {
		super(scope, id, {
			description: 'shoplake: dashboards in QuickSight',
			synthesizer: new CliCredentialsStackSynthesizer() as IStackSynthesizer,
		});
		if (!userOrGroup.test(reader)) {
			throw new Error(
				`dashboardReader '${reader}' is not the ARN of a user or group of QuickSight; 'aws quicksight list-users' shows them.`,
			);
		}
		this.role = this.createRole(lakehouse);
		const dataSource = this.createDataSource(lakehouse.queries.workgroupName);
		const dataSets = dashboardTables.map(
			(table) =>
				[
					table,
					createGoldDataSet(this, table, {
						dataSourceArn: dataSource.attrArn,
						database: lakehouse.catalog.databaseName,
					}),
				] as const,
		);
		this.dashboard = this.createDashboard(dataSets, reader);
		Tags.of(this).add('application', 'shoplake');
	}

	private createRole({ analyst }: LakehouseStack): Role {
		return new Role(this, 'Role', {
			description: 'Reads Gold through Athena for the dashboards of shoplake',
			assumedBy: new ServicePrincipal('quicksight.amazonaws.com', {
				// QuickSight does not document that it sends the account.
				conditions: { StringEqualsIfExists: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
			}),
			managedPolicies: [analyst.policy],
		});
	}

	private createDataSource(workGroup: string): CfnDataSource {
		return new CfnDataSource(this, 'Athena', {
			awsAccountId: Aws.ACCOUNT_ID,
			dataSourceId: 'shoplake',
			name: 'shoplake',
			type: 'ATHENA',
			dataSourceParameters: { athenaParameters: { workGroup, roleArn: this.role.roleArn } },
			sslProperties: { disableSsl: false },
		});
	}

	private createDashboard(
		dataSets: readonly (readonly [(typeof dashboardTables)[number], CfnDataSet])[],
		reader: string,
	): CfnDashboard {
		const arns = new Map(dataSets.map(([table, { attrArn }]) => [table, attrArn]));
		return new CfnDashboard(this, 'Sales', {
			awsAccountId: Aws.ACCOUNT_ID,
			dashboardId: 'shoplake-sales',
			name: 'Sales and stock',
			definition: defineSalesDashboard(arns),
			permissions: [
				{
					principal: reader,
					actions: ['DescribeDashboard', 'ListDashboardVersions', 'QueryDashboard'].map((name) => `quicksight:${name}`),
				},
			],
		});
	}
}
