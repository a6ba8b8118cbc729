import {
	CfnOutput,
	CfnParameter,
	CliCredentialsStackSynthesizer,
	Fn,
	type IStackSynthesizer,
	Stack,
	Tags,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { streams } from '../tasks/contracts/streams';
import { outputVariable } from '../tasks/platform/config';
import { Catalog } from './catalog/catalog';
import { QueryWorkgroup } from './catalog/query-workgroup';
import { FileDrop } from './filedrop/file-drop';
import { Landing } from './filedrop/landing';
import { MarketData } from './market/market-data';
import { Alerts } from './operations/alerts';
import { Overview } from './operations/overview';
import { ServingTables } from './serving/serving-tables';
import { LakeStorage } from './storage/lake-storage';
import { EventEntry } from './streaming/event-entry';
import { LakeDelivery } from './streaming/lake-delivery';
import { LiveOrders } from './streaming/live-orders';
import { AirflowAccess } from './tasks/airflow-access';
import { Network } from './tasks/network';
import { TaskRunner } from './tasks/task-runner';

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
	/** The event stream, which anything of the shop may put events into. */
	readonly events: LakeDelivery;
	/** Events by HTTP. */
	readonly entry: EventEntry;
	/** `OrderTable`, and the way of its changes into the lake. */
	readonly liveOrders: LiveOrders;
	/** Quotes of stocks, from files to a table. */
	readonly market: MarketData;
	/** Files that are dropped, and what starts their pipeline. */
	readonly fileDrop: FileDrop;
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
		const compression = this.compression();
		this.events = new LakeDelivery(this, 'Events', {
			lake: this.lake,
			to: streams.live_events,
			name: 'firehose-to-s3',
			compression,
			buffer: { seconds: 60, mebibytes: 16 },
		});
		this.entry = new EventEntry(this, 'EventEntry', { delivery: this.events });
		for (const alarm of [this.events.alarm, this.entry.alarm]) this.alerts.on(alarm);
		this.liveOrders = new LiveOrders(this, 'LiveOrders', { lake: this.lake, alerts: this.alerts, compression });
		this.market = new MarketData(this, 'Market', { alerts: this.alerts, table: this.serving.stockData });
		this.fileDrop = new FileDrop(this, 'FileDrop', { lake: this.lake, alerts: this.alerts });
		this.network = new Network(this, 'Network', { interfaceEndpoints });
		const environment = this.outputTaskSettings();
		this.runner = new TaskRunner(this, 'Tasks', { lakehouse: this, network: this.network, environment });
		this.airflow = new AirflowAccess(this, 'Airflow', {
			runner: this.runner,
			alerts: this.alerts,
			landing: this.landing,
			fileDrop: this.fileDrop,
		});
		new Overview(this, 'Overview', {
			lake: this.lake,
			landing: this.landing,
			market: this.market,
			fileDrop: this.fileDrop,
			serving: this.serving,
			events: this.events,
			runner: this.runner,
		});
		this.outputAirflowSettings();
		this.outputStreamSettings();
		Tags.of(this).add('application', 'shoplake');
	}

	/** What tasks are told, wherever they run: as outputs, and returned as the environment of containers. */
	private outputTaskSettings(): Record<string, string> {
		const { lake, catalog, serving, queries, alerts, market } = this;
		const settings = {
			ShoplakeBucket: ['The bucket of the lake', lake.bucket.bucketName],
			ShoplakeDatabase: ['The Glue database of all tables', catalog.databaseName],
			ShoplakeLandingCrawler: ['The Glue crawler over the landing zone', catalog.crawlerName],
			ShoplakeWorkgroup: ['The Athena workgroup', queries.workgroupName],
			ShoplakeCategoryKpisTable: ['KPIs by category and date', serving.categoryKpis.tableName],
			ShoplakeOrderKpisTable: ['KPIs by date', serving.orderKpis.tableName],
			ShoplakeProductsTable: ['The product catalogue', serving.products.tableName],
			ShoplakeStocksBucket: ['Files of stock quotes', market.bucket.bucketName],
			ShoplakeStockQueue: ['Where files of stock quotes are announced', market.queue.queueUrl],
			ShoplakeStockDeadLetters: ['Messages about files that could not be taken', market.deadLetters.queueUrl],
			ShoplakeStockDataTable: ['Stock quotes by ticker and second', serving.stockData.tableName],
			ShoplakeAlertsTopic: ['Where alerts are sent', alerts.topic.topicArn],
		} as const;
		for (const [id, [description, value]] of Object.entries(settings)) this.output(id, description, value);
		return Object.fromEntries(Object.entries(settings).map(([id, [, value]]) => [outputVariable(id), value]));
	}

	/** What Airflow is told, and whoever runs a step by hand. */
	private outputAirflowSettings(): void {
		const { runner, network, landing, fileDrop, airflow } = this;
		this.output('ShoplakeCluster', 'The ECS cluster of the tasks', runner.cluster.clusterName);
		this.output('ShoplakeTaskFamily', 'What the names of task definitions begin with', runner.family);
		this.output('ShoplakeTaskSubnets', 'The subnets of the tasks', Fn.join(',', network.subnetIds));
		this.output('ShoplakeTaskPublicIp', 'Whether tasks need a public address', network.publicIp);
		this.output('ShoplakeTaskSecurityGroup', 'The security group of the tasks', network.tasks.securityGroupId);
		this.output('ShoplakeTaskLogGroup', 'The log of the tasks', runner.logGroup.logGroupName);
		this.output('ShoplakeRepository', 'Where the task image is pushed to', runner.repository.repositoryUri);
		this.output('ShoplakeLandingQueue', 'Where uploads are announced', landing.queue.queueUrl);
		this.output('ShoplakeFileDropQueue', 'Where dropped files are announced', fileDrop.queue.queueUrl);
		this.output('ShoplakeAirflowPolicy', 'What Airflow may do', airflow.policy.managedPolicyArn);
	}

	/** What whoever sends events and orders is told. */
	private outputStreamSettings(): void {
		const { events, entry, liveOrders } = this;
		this.output('ShoplakeEventStream', 'The delivery stream of events', events.deliveryStream.ref);
		this.output('ShoplakeEventsUrl', 'Where to post events', entry.url);
		this.output('ShoplakeEventsApi', 'The HTTP API of events', entry.api.apiId);
		this.output('ShoplakeOrderTable', 'The table of live orders', liveOrders.table.tableName);
		new CfnOutput(this, 'ShoplakeOrderStream', {
			description: 'The Kinesis stream of live orders',
			value: liveOrders.way.stream.streamName,
			condition: liveOrders.isOn,
		});
	}

	/** How Firehose writes its objects. */
	private compression(): string {
		const compression = new CfnParameter(this, 'StreamCompression', {
			description: 'How Firehose compresses what it delivers: GZIP costs less to keep and to query',
			allowedValues: ['UNCOMPRESSED', 'GZIP'],
			default: 'UNCOMPRESSED',
		});
		return compression.valueAsString;
	}

	private output(id: string, description: string, value: string): void {
		new CfnOutput(this, id, { description, value });
	}
}
