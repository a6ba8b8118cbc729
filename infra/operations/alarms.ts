import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { NodeFunction } from '../tasks/node-function';

const period = Duration.minutes(5);
const peak = { period, statistic: 'Maximum' };

/** An alarm that goes off as soon as a metric reaches a threshold within its period; its description names the stack. */
export function createAlarm(
	scope: Construct,
	id: string,
	{
		metric,
		threshold,
		description,
		// SQS reports nothing about a queue that has not been used for six hours.
		treatMissingData = TreatMissingData.NOT_BREACHING,
	}: { metric: IMetric; threshold: number; description: string; treatMissingData?: TreatMissingData },
): Alarm {
	return new Alarm(scope, id, {
		alarmDescription: `${description} (stack ${Stack.of(scope).stackName})`,
		metric,
		threshold,
		evaluationPeriods: 1,
		treatMissingData,
	});
}

/** Goes off when the oldest message of a queue has waited for so long. */
export function ageAlarm(
	scope: Construct,
	queue: Queue,
	{ limit, description }: { limit: Duration; description: string },
): Alarm {
	const metric = queue.metricApproximateAgeOfOldestMessage(peak);
	return createAlarm(scope, 'AgeAlarm', { metric, threshold: limit.toSeconds(), description });
}

/** Goes off when a dead-letter queue is not empty. */
export function deadLetterAlarm(scope: Construct, deadLetters: Queue, description: string): Alarm {
	const metric = deadLetters.metricApproximateNumberOfMessagesVisible(peak);
	return createAlarm(scope, 'DeadLetterAlarm', { metric, threshold: 1, description });
}

/** Goes off when a function fails. */
export function errorAlarm(failing: NodeFunction, description: string): Alarm {
	const metric = failing.lambda.metricErrors({ period, statistic: 'Sum' });
	return createAlarm(failing, 'ErrorAlarm', { metric, threshold: 1, description });
}
