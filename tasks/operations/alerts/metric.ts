import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { TaskContext } from '../../context';
import { metricNamespace } from './metric-namespace';

/** Adds a count of events to a CloudWatch metric, such as `PipelineFailures`. */
export async function countMetric(
	{ aws, clock }: TaskContext,
	metric: { readonly name: string; readonly count: number },
): Promise<void> {
	const cloudwatch = await aws.cloudwatch();
	const MetricData = [{ MetricName: metric.name, Value: metric.count, Unit: 'Count' as const, Timestamp: clock() }];
	await cloudwatch.send(new PutMetricDataCommand({ Namespace: metricNamespace, MetricData }));
}
