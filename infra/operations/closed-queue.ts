import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';

/** What every queue of the stack is: encrypted, TLS only, patient for two weeks. */
export const closedQueue: QueueProps = {
	encryption: QueueEncryption.SQS_MANAGED,
	enforceSSL: true,
	retentionPeriod: Duration.days(14),
};
/** A message that was received so often and never deleted is put aside. */
export const maxReceives = 5;
/** How alarms look at a queue. */
export const peak = { period: Duration.minutes(5), statistic: 'Maximum' };
/** SQS reports nothing about a queue that nobody has used for six hours: that is no alarm. */
export const atOnce = { evaluationPeriods: 1, treatMissingData: TreatMissingData.NOT_BREACHING };
