import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handler } from '../../../tasks/lambdas/alert-webhook';
import { chatMessage } from '../../../tasks/operations/alerts/chat-message';
import { collectLogLines, invocation } from '../../support/invocation';

const slack = new URL('https://hooks.slack.com/services/T0/B0/secret');
const teams = new URL('https://prod-1.westeurope.logic.azure.com/workflows/secret');
const failure = {
	Subject: 'shoplake: shoplake_daily.clean has failed',
	Message:
		'shoplake_daily.clean of run 2026-11-20 has failed.\n\n5 < 6 records & <!channel>\n\nLog: https://airflow.example/log_1?try=2',
};
const alarm = {
	Subject: 'ALARM: "x" in EU (Ireland)',
	Message: JSON.stringify({
		AlarmName: 'Shoplake Age',
		AlarmDescription: 'Uploaded batches wait.',
		NewStateValue: 'ALARM',
		NewStateReason: 'Threshold Crossed',
		AlarmArn: 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:Shoplake Age',
	}),
};

describe('the message to a chat', () => {
	test('for Slack is one text, in which nothing mentions a channel', () => {
		expect(chatMessage(failure, slack)).toEqual({
			text: [
				failure.Subject,
				'shoplake_daily.clean of run 2026-11-20 has failed.',
				'',
				'5 &lt; 6 records &amp; &lt;!channel&gt;',
				'',
				'Log: https://airflow.example/log_1?try=2',
			].join('\n'),
		});
	});

	test('for Teams is a card with a line a paragraph and a button to the log', () => {
		const { attachments } = chatMessage(failure, teams) as { attachments: { content: object }[] };
		expect(attachments[0]?.content).toMatchObject({
			type: 'AdaptiveCard',
			body: [
				{ text: 'shoplake: shoplake\\_daily.clean has failed', weight: 'Bolder' },
				{ text: 'shoplake\\_daily.clean of run 2026-11-20 has failed.' },
				{ text: '5 < 6 records & <!channel>' },
				{ text: 'Log: https://airflow.example/log\\_1?try=2' },
			],
			actions: [{ type: 'Action.OpenUrl', url: 'https://airflow.example/log_1?try=2' }],
		});
	});

	test('of an alarm says which, why, and where the console shows it', () => {
		expect(chatMessage(alarm, slack)).toEqual({
			text: [
				'shoplake: ALARM of Shoplake Age',
				'Uploaded batches wait.',
				'Threshold Crossed',
				'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/Shoplake%20Age',
			].join('\n'),
		});
	});

	test('is cut off before the chat would refuse it', () => {
		const { text } = chatMessage({ Message: 'x'.repeat(10_000) }, slack) as { text: string };
		expect(text.length).toBeLessThan(4000);
		expect(text).toMatch(/^shoplake\nx+ …$/);
	});
});

describe('the function', () => {
	let server: Server;
	let received: unknown[];
	let status: number;
	let logLines: Record<string, unknown>[];
	beforeEach(async () => {
		received = [];
		status = 200;
		logLines = collectLogLines();
		server = createServer(async (request, response) => {
			const parts: Buffer[] = [];
			for await (const part of request) parts.push(part);
			received.push(JSON.parse(Buffer.concat(parts).toString()));
			response.writeHead(status).end(status === 200 ? 'ok' : 'no_service');
		});
		await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
		process.env.WEBHOOK_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/secret`;
	});
	afterEach(async () => {
		jest.restoreAllMocks();
		delete process.env.WEBHOOK_URL;
		await new Promise((done) => server.close(done));
	});
	const event = { Records: [{ Sns: { ...failure, MessageId: 'm1' } }] };

	test('posts one message for an alert', async () => {
		await handler(event, invocation);
		expect(received).toEqual([chatMessage(failure, slack)]);
		expect(logLines).toMatchObject([{ level: 'info', message: 'Alert posted', message_id: 'm1', host: '127.0.0.1' }]);
	});

	test('fails, so that Lambda calls it again, if the chat refuses; its log has no address', async () => {
		status = 404;
		await expect(handler(event, invocation)).rejects.toThrow('127.0.0.1 refused the alert with 404: no_service');
		expect(JSON.stringify(logLines)).not.toContain('secret');
	});

	test.each(['', 'hooks.slack.com/services', 'file:///etc/passwd'])(
		'says how to fix the address %j, and does not show it',
		async (address) => {
			process.env.WEBHOOK_URL = address;
			await expect(handler(event, invocation)).rejects.toThrow(
				'The address of the webhook is not a URL. Deploy again with the parameter AlertsWebhook.',
			);
		},
	);
});
