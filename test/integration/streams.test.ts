import { gzipSync } from 'node:zlib';
import { GetObjectTaggingCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { deployLake } from '../support/aws-lake';
import { buildCli, runCli } from '../support/cli';
import { startMiniStack, useEndpoint } from '../support/ministack';
import type { Server } from '../support/server';
import { event, sale } from '../support/stream-records';

/** The command line over objects as Firehose delivers them, up to a message about a spike. */
let aws: Server;
let s3: S3Client;
let sqs: SQSClient;
let queue: string;
let env: NodeJS.ProcessEnv;

const put = (Key: string, Body: string | Buffer) => s3.send(new PutObjectCommand({ Bucket: 'lake', Key, Body }));
const shoplake = async (...args: readonly string[]) => {
	const { code, result, stderr } = await runCli(env, ...args);
	return { code, stderr, ...result };
};
/** The messages that people got. */
async function messages(): Promise<string[]> {
	const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }));
	return Messages.map(({ Body = '' }) => JSON.parse(Body) as { Subject: string; Message: string }).map(
		({ Subject, Message }) => `${Subject}\n${Message}`,
	);
}

beforeAll(async () => {
	await buildCli();
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	s3 = new S3Client({ forcePathStyle: true });
	sqs = new SQSClient();
	const sns = new SNSClient();
	const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
	const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'people' }));
	queue = QueueUrl ?? '';
	const { Attributes } = await sqs.send(
		new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['QueueArn'] }),
	);
	await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
	env = { ...(await deployLake('lake')), SHOPLAKE_ALERTS_TOPIC: TopicArn };
}, 600_000);
afterAll(async () => {
	await aws?.stop();
});

const twoDigitHour = (hour: number) => String(hour).padStart(2, '0');

test('delivered records reach Silver, Gold and an alarm message, each once', async () => {
	expect(await shoplake('stream', 'seal')).toMatchObject({ code: 66 });
	expect(await shoplake('stream', 'alarms')).toMatchObject({ code: 0, alarms: [] });
	for (let hour = 0; hour < 8; hour++) {
		const units = hour === 7 ? 40 : 2;
		const records = Array.from({ length: units / 2 }, (_, n) =>
			sale(`e${hour}-${n}`, { quantity: 2, event_time: `2026-11-20T${twoDigitHour(hour)}:10:00Z` }),
		);
		const key = `bronze/live_orders/2026/11/20/${twoDigitHour(hour)}/shoplake-1-2026-11-20-${hour}`;
		await put(key, hour % 2 === 0 ? records.join('') : gzipSync(records.join('')));
	}
	// A record without a time of its own, a copy of another, and events.
	await put(
		'bronze/live_orders/2026/11/20/03/again',
		sale('e9', { event_time: '', quantity: 2, product_name: 'Phone' }) +
			sale('e3-0', { quantity: 2, event_time: '2026-11-20T03:10:00Z' }),
	);
	await put('bronze/live_events/2026/11/20/05/x', `${event('v1', { event_time: '2026-11-20T05:00:00Z' })}broken\n`);

	expect(await shoplake('stream', 'seal', '--dry-run')).toMatchObject({
		status: 'planned',
		streams: [
			{ stream: 'live_events', objects: 1 },
			{ stream: 'live_orders', objects: 9 },
		],
	});
	expect(await shoplake('stream', 'seal', '--until', '2099-01-01T12:00:00Z')).toMatchObject({
		code: 0,
		objects: 10,
		tagged: 10,
		received: 31,
		rejected: 1,
		waiting: ['live_events-20990101T12', 'live_orders-20990101T12'],
	});
	const delivered = { Bucket: 'lake', Key: 'bronze/live_orders/2026/11/20/03/again' };
	expect((await s3.send(new GetObjectTaggingCommand(delivered))).TagSet).toEqual([
		{ Key: 'shoplake-sealed', Value: 'true' },
	]);
	expect(await shoplake('clean', '--sealed')).toMatchObject({ kept: 29, duplicates: 1, rejected: 1 });
	expect(await shoplake('clean', '--sealed')).toMatchObject({ code: 0, status: 'unchanged' });
	await shoplake('aggregate');
	expect(await shoplake('crawl')).toMatchObject({ code: 0, status: 'published' });

	const spike = { hour: '2026-11-20T07:00:00Z', product: 'Laptop', direction: 'spike', units: '40', expected: '2.00' };
	expect(await shoplake('stream', 'alarms', '--dry-run')).toMatchObject({ status: 'planned', alarms: [spike] });
	expect(await messages()).toEqual([]);
	expect(await shoplake('stream', 'alarms')).toMatchObject({ status: 'published', alarms: [spike] });
	expect(await messages()).toEqual([
		expect.stringContaining(
			'Live sales: 1 spike\n2026-11-20 07:00  spike  Laptop: 40 sold, 2.00 expected (38.00 spreads)',
		),
	]);
	expect(await shoplake('stream', 'alarms')).toMatchObject({ status: 'unchanged', alarms: [] });
	expect(await messages()).toEqual([]);
	expect(await shoplake('stream', 'seal')).toMatchObject({ code: 66 });
});
