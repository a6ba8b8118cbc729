import { CfnOutput, CliCredentialsStackSynthesizer, Fn, type IStackSynthesizer, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { variableOf } from '../tasks/local/settings';
import { AirflowAccess } from './airflow-access';
import { Alerts } from './alerts';
import { Catalog } from './catalog';
import { LakeStorage } from './lake-storage';
import { Landing } from './landing';
import { Network } from './network';
import { Overview } from './overview';
import { QueryWorkgroup } from './query-workgroup';
import { ServingTables } from './serving-tables';
import { TaskRunner } from './task-runner';

/**
 * The lakehouse of one account and region. It names neither, so that one template goes to AWS and to the AWS of a laptop.
 *
 * Its outputs are the configuration of tasks and of Airflow: an output `ShoplakeBucket` is the variable `SHOPLAKE_BUCKET`.
 */
export class LakehouseStack extends Stack {
	/** Where all data lie. */
	readonly lake: LakeStorage;
	/** The database of all tables, and the crawler over what arrives. */
	readonly catalog: Catalog;
	/** What dashboards and services read. */
	readonly serving: ServingTables;
	/** Where Athena's queries run. */
	readonly queries: QueryWorkgroup;
	/** Where a person is called. */
	readonly alerts: Alerts;
	/** What arrives, and says so. */
	readonly landing: Landing;
	/** Where tasks reach the services of AWS from. */
	readonly network: Network;
	/** Where tasks run. */
	readonly runner: TaskRunner;
	/** What Airflow may do. */
	readonly airflow: AirflowAccess;

	/** `interfaceEndpoints` (false by default): see Network. */
	constructor(
		scope: Construct,
		id: string,
		{ interfaceEndpoints = false }: { readonly interfaceEndpoints?: boolean } = {},
	) {
		super(scope, id, {
			description: 'shoplake: an e-commerce lakehouse',
			// All that a deployment needs is the bucket that `cdk bootstrap` makes for templates, and the caller's rights.
			synthesizer: new CliCredentialsStackSynthesizer() as IStackSynthesizer,
		});
		this.lake = new LakeStorage(this, 'Lake');
		this.catalog = new Catalog(this, 'Catalog', { lake: this.lake });
		this.serving = new ServingTables(this, 'Serving');
		this.queries = new QueryWorkgroup(this, 'Queries', { results: this.lake.queryResults });
		this.alerts = new Alerts(this, 'Alerts');
		this.landing = new Landing(this, 'Landing', { lake: this.lake, alerts: this.alerts });
		this.network = new Network(this, 'Network', { interfaceEndpoints });
		const environment = this.outputTaskSettings();
		this.runner = new TaskRunner(this, 'Tasks', { lakehouse: this, network: this.network, environment });
		this.airflow = new AirflowAccess(this, 'Airflow', {
			runner: this.runner,
			alerts: this.alerts,
			landing: this.landing,
		});
		new Overview(this, 'Overview', {
			lake: this.lake,
			landing: this.landing,
			serving: this.serving,
			runner: this.runner,
		});
		this.outputAirflowSettings();
		Tags.of(this).add('application', 'shoplake');
	}

	/** What tasks are told, wherever they run: as outputs, and returned as the environment of containers. */
	private outputTaskSettings(): Record<string, string> {
		const { lake, catalog, serving, queries, alerts } = this;
		const settings = {
			ShoplakeBucket: ['The bucket of the lake', lake.bucket.bucketName],
			ShoplakeDatabase: ['The Glue database of all tables', catalog.databaseName],
			ShoplakeLandingCrawler: ['The Glue crawler over the landing zone', catalog.crawlerName],
			ShoplakeWorkgroup: ['The Athena workgroup', queries.workgroupName],
			ShoplakeCategoryKpisTable: ['KPIs by category and date', serving.categoryKpis.tableName],
			ShoplakeOrderKpisTable: ['KPIs by date', serving.orderKpis.tableName],
			ShoplakeProductsTable: ['The product catalogue', serving.products.tableName],
			ShoplakeAlertsTopic: ['Where alerts are sent', alerts.topic.topicArn],
		} as const;
		for (const [id, [description, value]] of Object.entries(settings)) this.output(id, description, value);
		return Object.fromEntries(Object.entries(settings).map(([id, [, value]]) => [variableOf(id), value]));
	}

	/** What Airflow is told, and whoever runs a step by hand. */
	private outputAirflowSettings(): void {
		const { runner, network, landing, airflow } = this;
		this.output('ShoplakeCluster', 'The ECS cluster of the tasks', runner.cluster.clusterName);
		this.output('ShoplakeTaskFamily', 'What the names of task definitions begin with', runner.family);
		this.output('ShoplakeTaskSubnets', 'The subnets of the tasks', Fn.join(',', network.subnetIds));
		this.output('ShoplakeTaskSecurityGroup', 'The security group of the tasks', network.tasks.securityGroupId);
		this.output('ShoplakeTaskLogGroup', 'The log of the tasks', runner.logGroup.logGroupName);
		this.output('ShoplakeRepository', 'Where the task image is pushed to', runner.repository.repositoryUri);
		this.output('ShoplakeLandingQueue', 'Where uploads are announced', landing.queue.queueUrl);
		this.output('ShoplakeAirflowPolicy', 'What Airflow may do', airflow.policy.managedPolicyArn);
	}

	private output(id: string, description: string, value: string): void {
		new CfnOutput(this, id, { description, value });
	}
}
