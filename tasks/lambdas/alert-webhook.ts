import { chatMessage, type DeliveredAlert } from '../operations/alerts/chat-message';
import { withLog } from './function-log';

/** What SNS sends to a function: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export interface AlertEvent {
	readonly Records: readonly { readonly Sns: DeliveredAlert & { readonly MessageId: string } }[];
}

const timeoutMs = 10_000;
/** Characters of a refusal that the log shows. */
const longestReason = 300;

/**
 * Posts each alert to the chat's webhook, whose address is in `WEBHOOK_URL`. If the chat refuses one, the function fails: Lambda
 * calls it again twice, and an alarm counts the failures. The log never shows the address, which is a secret.
 */
export const handler = withLog(async ({ Records }: AlertEvent, log): Promise<void> => {
	const webhook = parseAddress(process.env.WEBHOOK_URL ?? '');
	for (const { Sns } of Records) {
		await post(webhook, Sns);
		log.info('Alert posted', { message_id: Sns.MessageId, host: webhook.hostname });
	}
});

function parseAddress(text: string): URL {
	if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
		throw new Error('The address of the webhook is not a URL. Deploy again with the parameter AlertsWebhook.');
	}
	return new URL(text);
}

async function post(webhook: URL, alert: DeliveredAlert): Promise<void> {
	const response = await fetch(webhook, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(chatMessage(alert, webhook)),
		redirect: 'error',
		signal: AbortSignal.timeout(timeoutMs),
	}).catch((error: Error) => {
		throw new Error(
			`${webhook.hostname} can't be reached: ${(error.cause as Error | undefined)?.message ?? error.message}`,
		);
	});
	const reason = (await response.text()).slice(0, longestReason);
	if (response.ok) return;
	throw new Error(`${webhook.hostname} refused the alert with ${response.status}: ${reason}`);
}
