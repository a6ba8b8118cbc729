import { PublishCommand } from '@aws-sdk/client-sns';
import type { TaskContext } from '../../context';
import { printableLines } from '../../platform/printable';

/** A message to a person. */
export interface Alert {
	/** One line; cut to 100 characters, the limit of SNS. */
	readonly subject: string;
	/** What happened, where, and how to fix it. */
	readonly message: string;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const longestSubject = 100;

/**
 * Publishes one message to the alerts topic. Without a topic the message is only logged, as a warning. Resolves to whether
 * it was published.
 */
export async function sendAlert({ aws, config, log }: TaskContext, { subject, message }: Alert): Promise<boolean> {
	if (config.alertsTopic === undefined) {
		log.warn(`No alert is sent: SHOPLAKE_ALERTS_TOPIC is not set. It would say: ${subject}: ${message}`);
		return false;
	}
	const sns = await aws.sns();
	const Subject = asciiLine(subject).slice(0, longestSubject);
	await sns.send(new PublishCommand({ TopicArn: config.alertsTopic, Subject, Message: printableLines(message) }));
	log.info(`An alert was sent to ${config.alertsTopic}: ${subject}`);
	return true;
}

/** SNS subjects are printable ASCII without line breaks. */
const asciiLine = (text: string): string =>
	text
		.normalize('NFKD')
		.replace(/\s+/g, ' ')
		.replace(/[^\x20-\x7e]/g, '');
