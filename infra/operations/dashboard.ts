import { CfnCondition, Duration, Fn, Stack } from 'aws-cdk-lib';
import {
	AlarmStatusWidget,
	type CfnDashboard,
	Dashboard,
	GraphWidget,
	LogQueryWidget,
	Metric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { UploadQueue } from '../filedrop/upload-queue';
import type { MarketData } from '../market/market-data';
import type { ServingTables } from '../serving/serving-tables';
import { stackParameter } from '../stack-parameter';
import type { LakeStorage } from '../storage/lake-storage';
import type { LakeDelivery } from '../streaming/lake-delivery';
import type { TaskRunner } from '../tasks/task-runner';

const halfWidth = 12;
const fullWidth = 24;

/** What the dashboard shows. */
interface Shown {
	readonly lake: LakeStorage;
	readonly landing: UploadQueue;
	readonly market: MarketData;
	readonly fileDrop: UploadQueue;
	readonly serving: ServingTables;
	readonly events: LakeDelivery;
	readonly runner: TaskRunner;
}

/**
 * A CloudWatch dashboard: failed tasks and their errors, alarms, waiting messages, event delivery, writes to the KPI
 * tables, and the size of the lake. An account's first three dashboards are free; the parameter `Dashboard` leaves out one
 * that is not.
 *
 * @example
 * new LakehouseDashboard(this, 'Overview', { lake, landing, market, fileDrop, serving, events, runner });
 */
export class LakehouseDashboard extends Construct {
	constructor(scope: Construct, id: string, shown: Shown) {
		super(scope, id);
		const { stackName, region } = Stack.of(this);
		const dashboard = new Dashboard(this, 'Dashboard', {
			dashboardName: `${stackName}-${region}`,
			defaultInterval: Duration.days(14),
		});
		const parameter = stackParameter(this, 'Dashboard', {
			description: 'Whether there is a dashboard: three are free in an account, each further one costs $3 a month',
			allowedValues: ['on', 'off'],
			default: 'on',
		});
		const isOn = new CfnCondition(this, 'IsOn', { expression: Fn.conditionEquals(parameter, 'on') });
		(dashboard.node.defaultChild as CfnDashboard).cfnOptions.condition = isOn;
		dashboard.addWidgets(failedTasks(shown));
		dashboard.addWidgets(alarmStates(shown), waitingMessages(shown));
		dashboard.addWidgets(eventDelivery(shown));
		dashboard.addWidgets(kpiWrites(shown), lakeSize(shown));
	}
}

const failedTasks = ({ runner }: Shown) =>
	new LogQueryWidget({
		title: 'Failed tasks, and how to fix them',
		width: fullWidth,
		logGroupNames: [runner.logGroup.logGroupName],
		queryLines: ['fields @timestamp, task, message', "filter level = 'error'", 'sort @timestamp desc', 'limit 50'],
	});

const alarmStates = ({ landing, market, fileDrop }: Shown) =>
	new AlarmStatusWidget({
		title: 'Alarms',
		width: halfWidth,
		alarms: [landing, market, fileDrop].flatMap(({ alarms }) => alarms),
	});

const waitingMessages = ({ landing, market, fileDrop }: Shown) =>
	new GraphWidget({
		title: 'Waiting messages and dead letters: batches, quotes, dropped files',
		width: halfWidth,
		left: [landing, market, fileDrop]
			.flatMap(({ queue, deadLetters }) => [queue, deadLetters])
			.map((queue) =>
				queue.metricApproximateNumberOfMessagesVisible({
					label: queue.node.path.split('/').slice(-2).join(' '),
					statistic: 'Maximum',
				}),
			),
	});

const eventDelivery = ({ events }: Shown) =>
	new GraphWidget({
		title: 'Events received, and the age of the oldest undelivered one in seconds',
		width: fullWidth,
		left: [events.metric('IncomingRecords', 'Sum').with({ label: 'events' })],
		right: [events.metric('DeliveryToS3.DataFreshness', 'Maximum').with({ label: 'seconds' })],
	});

const kpiWrites = ({ serving }: Shown) =>
	new GraphWidget({
		title: 'Writes to the KPI tables',
		width: halfWidth,
		left: [serving.categoryKpis, serving.orderKpis].map((table) =>
			table.metricConsumedWriteCapacityUnits({ label: table.node.id, period: Duration.hours(1) }),
		),
	});

const lakeSize = ({ lake }: Shown) =>
	new GraphWidget({
		title: 'Size of the lake',
		width: halfWidth,
		left: ['StandardStorage', 'StandardIAStorage'].map(
			(StorageType) =>
				new Metric({
					namespace: 'AWS/S3',
					metricName: 'BucketSizeBytes',
					label: StorageType,
					statistic: 'Maximum',
					// S3 reports it once a day.
					period: Duration.days(1),
					dimensionsMap: { BucketName: lake.bucket.bucketName, StorageType },
				}),
		),
	});
