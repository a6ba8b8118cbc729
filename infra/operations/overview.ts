import { Duration, Stack } from 'aws-cdk-lib';
import { AlarmStatusWidget, Dashboard, GraphWidget, LogQueryWidget, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { FileDrop } from '../filedrop/file-drop';
import type { Landing } from '../filedrop/landing';
import type { MarketData } from '../market/market-data';
import type { ServingTables } from '../serving/serving-tables';
import type { LakeStorage } from '../storage/lake-storage';
import type { LakeDelivery } from '../streaming/lake-delivery';
import type { TaskRunner } from '../tasks/task-runner';

const half = 12;
const whole = 24;

/**
 * One page of CloudWatch: which tasks failed and why, what waits, what is written to the KPI tables, what is delivered, how
 * large the lake is. The first three dashboards of an account are free.
 *
 * @example
 * new Overview(this, 'Overview', { lake, landing, market, fileDrop, serving, events, runner });
 */
export class Overview extends Construct {
	constructor(
		scope: Construct,
		id: string,
		{
			lake,
			landing,
			market,
			fileDrop,
			serving,
			events,
			runner,
		}: {
			readonly lake: LakeStorage;
			readonly landing: Landing;
			readonly market: MarketData;
			readonly fileDrop: FileDrop;
			readonly serving: ServingTables;
			readonly events: LakeDelivery;
			readonly runner: TaskRunner;
		},
	) {
		super(scope, id);
		const failures = new LogQueryWidget({
			title: 'Tasks that failed, and what to do',
			width: whole,
			logGroupNames: [runner.logGroup.logGroupName],
			queryLines: ['fields @timestamp, task, message', "filter level = 'error'", 'sort @timestamp desc', 'limit 50'],
		});
		const alarms = new AlarmStatusWidget({
			title: 'Alarms',
			width: half,
			alarms: [...landing.alarms, ...market.alarms, ...fileDrop.alarms],
		});
		const waiting = new GraphWidget({
			title: 'Batches, quotes and dropped files that wait, and messages put aside',
			width: half,
			left: [landing, market, fileDrop]
				.flatMap(({ queue, deadLetters }) => [queue, deadLetters])
				.map((queue) =>
					queue.metricApproximateNumberOfMessagesVisible({
						label: queue.node.path.split('/').slice(-2).join(' '),
						statistic: 'Maximum',
					}),
				),
		});
		const writes = new GraphWidget({
			title: 'Writes to the KPI tables',
			width: half,
			left: [serving.categoryKpis, serving.orderKpis].map((table) =>
				table.metricConsumedWriteCapacityUnits({ label: table.node.id, period: Duration.hours(1) }),
			),
		});
		const delivered = new GraphWidget({
			title: 'Events that came, and how many seconds the oldest has waited to be delivered',
			width: whole,
			left: [events.metric('IncomingRecords', 'Sum').with({ label: 'events' })],
			right: [events.metric('DeliveryToS3.DataFreshness', 'Maximum').with({ label: 'seconds' })],
		});
		const size = new GraphWidget({
			title: 'Size of the lake',
			width: half,
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
		const { stackName, region } = Stack.of(this);
		const dashboard = new Dashboard(this, 'Dashboard', {
			dashboardName: `${stackName}-${region}`,
			defaultInterval: Duration.days(14),
		});
		dashboard.addWidgets(failures);
		dashboard.addWidgets(alarms, waiting);
		dashboard.addWidgets(delivered);
		dashboard.addWidgets(writes, size);
	}
}
