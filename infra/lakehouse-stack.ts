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
import { utc } from '../tasks/platform/time-zone';
import type { ServingTarget } from '../tasks/project/project';
import { ManagedAirflow } from './airflow/managed-airflow';
import { AnalystAccess } from './catalog/analyst-access';
import { Catalog } from './catalog/catalog';
import { forQueries, QueryWorkgroup, queryScanLimit } from './catalog/query-workgroup';
import { scanLimitParameter } from './catalog/scan-limit';
import { defaultEnvironment, type EnvironmentName, environments } from './environments';
import { fileDrop, landingZone, UploadQueue } from './filedrop/upload-queue';
import { MarketData } from './market/market-data';
import { Alerts } from './operations/alerts';
import { ChatWebhook } from './operations/chat-webhook';
import { LakehouseDashboard } from './operations/dashboard';
import { FreshnessAlarm } from './operations/freshness-alarm';
import { ServingTables } from './serving/serving-tables';
import { LakeStorage } from './storage/lake-storage';
import { EventEntry } from './streaming/event-entry';
import { LakeDelivery } from './streaming/lake-delivery';
import { LiveOrders } from './streaming/live-orders';
import { ProducerAccess } from './streaming/producer-access';
import { UnsealedAlarm } from './streaming/unsealed-alarm';
import { AirflowAccess } from './tasks/airflow-access';
import { DailyRuns } from './tasks/daily-runs';
import { Network } from './tasks/network';
import { TaskRunner } from './tasks/task-runner';

/** What a deployment chooses. */
export interface LakehouseProps {
	/** What differs between the environments; without one the stack is not protected. */
	readonly environment?: EnvironmentName;
	/** False by default: see Network. */
	readonly interfaceEndpoints?: boolean;
	/** Buckets besides the lake's that `ingest --source` may read. */
	readonly sourceBuckets?: readonly string[];
	/** Whether Airflow runs on MWAA, which is billed by the hour; false by default. */
	readonly managedAirflow?: boolean;
	/** The zone of the shop's days; UTC by default. */
	readonly timeZone?: string;
	/** The DynamoDB tables of a project. */
	readonly servingTargets?: readonly ServingTarget[];
}

/**
 * The lakehouse of one account and region. It names neither, so the same template deploys to AWS and to an emulator.
 *
 * Its outputs configure the tasks and Airflow: the output `ShoplakeBucket` is the variable `SHOPLAKE_BUCKET`.
 */
export class LakehouseStack extends Stack {
	/** The buckets of all data. */
	readonly lake: LakeStorage;
	/** The Glue database of all tables, and the crawler over the landing zone. */
	readonly catalog: Catalog;
	/** The DynamoDB tables that dashboards and services read. */
	readonly serving: ServingTables;
	/** The Athena workgroup. */
	readonly queries: QueryWorkgroup;
	/** The Athena workgroup of tasks that compute the lake's tables there. */
	readonly engine: QueryWorkgroup;
	/** The topic of all alerts. */
	readonly alerts: Alerts;
	/** The announcements of uploaded batches. */
	readonly landing: UploadQueue;
	/** The event stream of the shop. */
	readonly events: LakeDelivery;
	/** Events by HTTP. */
	readonly entry: EventEntry;
	/** `OrderTable`, and the pipeline of its changes to the lake. */
	readonly liveOrders: LiveOrders;
	/** Stock quotes, from files to a table. */
	readonly market: MarketData;
	/** The announcements of dropped files. */
	readonly fileDrop: UploadQueue;
	/** The network of the tasks. */
	readonly network: Network;
	/** Where tasks run. */
	readonly runner: TaskRunner;
	/** The pipeline without Airflow. */
	readonly dailyRuns: DailyRuns;
	/** What Airflow may do. */
	readonly airflow: AirflowAccess;
	/** What analysts and BI tools may do. */
	readonly analyst: AnalystAccess;
	/** What systems may do that send events and orders. */
	readonly producer: ProducerAccess;

	constructor(scope: Construct, id: string, props: LakehouseProps = {}) {
		const { interfaceEndpoints = false, managedAirflow = false, timeZone = utc } = props;
		const { sourceBuckets = [], servingTargets = [] } = props;
		const { isProtected, logRetention } = props.environment ? environments[props.environment] : defaultEnvironment;
		super(scope, id, {
			description: 'shoplake: an e-commerce lakehouse',
			terminationProtection: isProtected,
			// A deployment needs only the bucket that `cdk bootstrap` creates for templates, and the caller's permissions.
			synthesizer: new CliCredentialsStackSynthesizer() as IStackSynthesizer,
		});
		const zone: Record<string, string> = timeZone === utc ? {} : { SHOPLAKE_TIME_ZONE: timeZone };
		this.lake = new LakeStorage(this, 'Lake', { sourceBuckets });
		this.catalog = new Catalog(this, 'Catalog', { lake: this.lake });
		this.serving = new ServingTables(this, 'Serving', { own: servingTargets });
		this.queries = new QueryWorkgroup(this, 'Queries', {
			results: this.lake.queryResults,
			use: forQueries(scanLimitParameter(this, 'QueryScanLimit', { who: 'a query', byDefault: queryScanLimit })),
		});
		this.engine = new QueryWorkgroup(this, 'Engine', {
			results: this.lake.queryResults,
			use: {
				name: 'shoplake-engine',
				description: 'Statements of tasks that compute the tables of shoplake',
				// Each statement says where its files go.
				isEnforced: false,
				scanLimit: scanLimitParameter(this, 'EngineScanLimit', {
					who: 'a statement of --engine athena',
					byDefault: 0,
				}),
			},
		});
		this.alerts = new Alerts(this, 'Alerts');
		new ChatWebhook(this, 'Chat', { alerts: this.alerts });
		new FreshnessAlarm(this, 'Freshness', { kpis: this.serving.orderKpis, alerts: this.alerts });
		this.landing = new UploadQueue(this, 'Landing', { lake: this.lake, alerts: this.alerts, place: landingZone });
		const compression = this.compressionParameter();
		this.events = new LakeDelivery(this, 'Events', {
			lake: this.lake,
			to: streams.live_events,
			name: 'firehose-to-s3',
			compression,
			buffer: { seconds: 60, mebibytes: 16 },
		});
		this.entry = new EventEntry(this, 'EventEntry', { delivery: this.events, environment: zone });
		for (const alarm of [this.events.alarm, ...this.entry.alarms]) this.alerts.on(alarm);
		this.liveOrders = new LiveOrders(this, 'LiveOrders', { lake: this.lake, alerts: this.alerts, compression });
		new UnsealedAlarm(this, 'Unsealed', { lake: this.lake, alerts: this.alerts });
		this.market = new MarketData(this, 'Market', { alerts: this.alerts, table: this.serving.stockData });
		this.fileDrop = new UploadQueue(this, 'FileDrop', { lake: this.lake, alerts: this.alerts, place: fileDrop });
		this.network = new Network(this, 'Network', { interfaceEndpoints });
		const environment = { ...this.outputTaskSettings(), ...zone };
		this.runner = new TaskRunner(this, 'Tasks', {
			lakehouse: this,
			network: this.network,
			environment,
			logRetention,
		});
		this.dailyRuns = new DailyRuns(this, 'DailyRuns', {
			runner: this.runner,
			network: this.network,
			landing: this.landing,
			alerts: this.alerts,
		});
		this.airflow = new AirflowAccess(this, 'Airflow', {
			runner: this.runner,
			lake: this.lake,
			alerts: this.alerts,
			landing: this.landing,
			fileDrop: this.fileDrop,
		});
		this.analyst = new AnalystAccess(this, 'Analyst', {
			lake: this.lake,
			catalog: this.catalog,
			queries: this.queries,
		});
		this.producer = new ProducerAccess(this, 'Producer', {
			events: this.events,
			entry: this.entry,
			liveOrders: this.liveOrders,
		});
		// With another id CloudFormation would create the dashboard again, and then delete it by its name, which is the same.
		new LakehouseDashboard(this, 'Overview', {
			lake: this.lake,
			landing: this.landing,
			market: this.market,
			fileDrop: this.fileDrop,
			serving: this.serving,
			events: this.events,
			runner: this.runner,
		});
		const airflowSettings = this.outputAirflowSettings();
		if (managedAirflow) {
			const settings = { ...environment, ...airflowSettings };
			const { policy, maintenancePolicy } = this.airflow;
			new ManagedAirflow(this, 'ManagedAirflow', { policies: [policy, maintenancePolicy], settings });
		}
		this.outputStreamSettings();
		this.output('ShoplakeAnalystPolicy', 'The policy for analysts and BI tools', this.analyst.policy.managedPolicyArn);
		Tags.of(this).add('application', 'shoplake');
	}

	/** Outputs the settings of tasks, and returns them as the environment of containers. */
	private outputTaskSettings(): Record<string, string> {
		const { lake, catalog, serving, queries, engine, alerts, market } = this;
		const settings = {
			ShoplakeBucket: ['The bucket of the lake', lake.bucket.bucketName],
			ShoplakeDatabase: ['The Glue database of all tables', catalog.databaseName],
			ShoplakeLandingCrawler: ['The Glue crawler over the landing zone', catalog.crawlerName],
			ShoplakeWorkgroup: ['The Athena workgroup', queries.workgroupName],
			ShoplakeEngineWorkgroup: ['The Athena workgroup of --engine athena', engine.workgroupName],
			ShoplakeScratchDatabase: ['The Glue database of its own tables', catalog.scratchDatabaseName],
			ShoplakeCategoryKpisTable: ['KPIs by category and date', serving.categoryKpis.tableName],
			ShoplakeOrderKpisTable: ['KPIs by date', serving.orderKpis.tableName],
			ShoplakeProductsTable: ['The product catalogue', serving.products.tableName],
			ShoplakeStocksBucket: ['Files of stock quotes', market.bucket.bucketName],
			ShoplakeStockQueue: ['Where files of stock quotes are announced', market.queue.queueUrl],
			ShoplakeStockDeadLetters: ['Messages about files that could not be loaded', market.deadLetters.queueUrl],
			ShoplakeStockDataTable: ['Stock quotes by ticker and second', serving.stockData.tableName],
			ShoplakeStockCount: ['How many stocks are quoted', market.stockCount],
			ShoplakeStockRetentionDays: ['For how many days quotes stay; 0 for ever', market.retentionDays],
			ShoplakeAlertsTopic: ['The topic of all alerts', alerts.topic.topicArn],
		} as const;
		return this.outputSettings(settings);
	}

	/** Outputs the settings of Airflow, and of callers that run a step themselves; returns them as variables. */
	private outputAirflowSettings(): Record<string, string> {
		const { runner, network, landing, fileDrop, airflow, dailyRuns } = this;
		const settings = {
			ShoplakeCluster: ['The ECS cluster of the tasks', runner.cluster.clusterName],
			ShoplakeTaskFamily: ['The prefix of all names of task definitions', runner.family],
			ShoplakeTaskSubnets: ['The subnets of the tasks', Fn.join(',', network.subnetIds)],
			ShoplakeTaskPublicIp: ['Whether tasks need a public address', network.publicIp],
			ShoplakeTaskSecurityGroup: ['The security group of the tasks', network.tasks.securityGroupId],
			ShoplakeTaskLogGroup: ['The log of the tasks', runner.logGroup.logGroupName],
			ShoplakeRepository: ['The repository of the task image', runner.repository.repositoryUri],
			ShoplakeLandingQueue: ['Where uploads are announced', landing.queue.queueUrl],
			ShoplakeFileDropQueue: ['Where dropped files are announced', fileDrop.queue.queueUrl],
			ShoplakeAirflowPolicy: ['The policy for the role or user of Airflow', airflow.policy.managedPolicyArn],
			ShoplakeMaintenancePolicy: ['In addition, for vacuum and forget', airflow.maintenancePolicy.managedPolicyArn],
		} as const;
		new CfnOutput(this, 'ShoplakeFailedRuns', {
			description: 'Daily runs that could not be started or that failed',
			value: dailyRuns.failed.queue.queueUrl,
			condition: dailyRuns.isOn,
		});
		return this.outputSettings(settings);
	}

	/** Outputs the settings of those who send events and orders. */
	private outputStreamSettings(): void {
		const { events, entry, liveOrders, producer } = this;
		this.output('ShoplakeEventStream', 'The delivery stream of events', events.deliveryStream.ref);
		this.output('ShoplakeEventsUrl', 'Where to post events', entry.url);
		this.output('ShoplakeEventsApi', 'The HTTP API of events', entry.api.apiId);
		this.output('ShoplakeOrderTable', 'The table of live orders', liveOrders.table.tableName);
		this.output(
			'ShoplakeProducerPolicy',
			'The policy for those who send events and orders',
			producer.policy.managedPolicyArn,
		);
		new CfnOutput(this, 'ShoplakeOrderStream', {
			description: 'The Kinesis stream of live orders',
			value: liveOrders.pipeline.stream.streamName,
			condition: liveOrders.isOn,
		});
	}

	/** How Firehose compresses its objects. */
	private compressionParameter(): string {
		const compression = new CfnParameter(this, 'StreamCompression', {
			description: 'How Firehose compresses what it delivers: GZIP costs less to store and to query',
			allowedValues: ['UNCOMPRESSED', 'GZIP'],
			default: 'UNCOMPRESSED',
		});
		return compression.valueAsString;
	}

	private outputSettings(settings: Readonly<Record<string, readonly [description: string, value: string]>>) {
		for (const [id, [description, value]] of Object.entries(settings)) this.output(id, description, value);
		return Object.fromEntries(Object.entries(settings).map(([id, [, value]]) => [outputVariable(id), value]));
	}

	private output(id: string, description: string, value: string): void {
		new CfnOutput(this, id, { description, value });
	}
}
