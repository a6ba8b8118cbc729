import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** The properties of every queue in the stack: encrypted, TLS only, messages kept for two weeks. */
export const closedQueue: QueueProps = {
	encryption: QueueEncryption.SQS_MANAGED,
	enforceSSL: true,
	retentionPeriod: Duration.days(14),
};
/** How often a message is received before it moves to the dead-letter queue. */
export const maxReceives = 5;

/** Adds a queue and its dead-letter queue to a construct, with the ids `Queue` and `DeadLetters`. */
export function createQueue(
	scope: Construct,
	props: { readonly visibilityTimeout: Duration; readonly queueName?: string },
): { readonly queue: Queue; readonly deadLetters: Queue } {
	const deadLetters = new Queue(scope, 'DeadLetters', closedQueue);
	const queue = new Queue(scope, 'Queue', {
		...closedQueue,
		...props,
		receiveMessageWaitTime: Duration.seconds(20),
		deadLetterQueue: { queue: deadLetters, maxReceiveCount: maxReceives },
	});
	return { queue, deadLetters };
}
