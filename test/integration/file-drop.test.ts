import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { lock } from '../../tasks/filedrop';
import { kpiAnswer, queryKpis } from '../../tasks/pipeline/serving';
import { formatResult } from '../../tasks/query';
import { type AwsFileDrop, createAwsFileDrop, csv, soundDrop } from '../support/aws-file-drop';
import { deployKpiTables } from '../support/aws-lake';
import { startMiniStack, useEndpoint } from '../support/ministack';
import type { Server } from '../support/server';

let aws: Server;
let lab: AwsFileDrop;
let queue: string;
const sqs = () => new SQSClient();

beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	await deployKpiTables(new DynamoDBClient());
	const { TopicArn } = await new SNSClient().send(new CreateTopicCommand({ Name: 'alerts' }));
	const { QueueUrl = '' } = await sqs().send(new CreateQueueCommand({ QueueName: 'alerts' }));
	queue = QueueUrl;
	const { Attributes } = await sqs().send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
	await new SNSClient().send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
	lab = await createAwsFileDrop('drop-lake', { SHOPLAKE_ALERTS_TOPIC: TopicArn });
}, 600_000);
afterAll(async () => {
	await lab?.dispose();
	await aws?.stop();
});

/** The alerts that have come since it was last asked. */
async function alerts(): Promise<{ Subject: string; Message: string }[]> {
	const found = [];
	for (;;) {
		const { Messages = [] } = await sqs().send(
			new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
		);
		if (Messages.length === 0) return found;
		found.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
	}
}

async function failures(): Promise<number> {
	const { Datapoints = [] } = await new CloudWatchClient().send(
		new GetMetricStatisticsCommand({
			Namespace: 'shoplake',
			MetricName: 'PipelineFailures',
			StartTime: new Date(Date.now() - 3600_000),
			EndTime: new Date(Date.now() + 60_000),
			Period: 3600,
			Statistics: ['Sum'],
		}),
	);
	return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
}

const orderKpis = (date: string) => queryKpis(lab.context, { kind: 'orders', from: date, to: date });

test('a complete drop is loaded, and its files are moved away', async () => {
	const files = soundDrop('2026-11-20');
	await lab.drop(files);
	const open = await lab.gate();
	expect(open).toMatchObject({ status: 'open', forced: false, resumed: false, orders: 5, order_items: 5, products: 1 });
	const batch = String(open.batch);
	expect(await lab.lock('run 1')).toMatchObject({ status: 'locked', holder: 'run 1' });
	const valid = await lab.validate(batch);
	expect(valid).toMatchObject({
		status: 'valid',
		received: 11,
		rejected: 0,
		unknown_references: 0,
		max_rejected: '0%',
	});
	await lab.load(valid);
	expect(await lab.archive(batch)).toMatchObject({
		status: 'archived',
		location: `s3://drop-lake/processed/${batch}/`,
	});
	expect(await lab.unlock('run 1')).toMatchObject({ status: 'unlocked' });
	expect(await lab.objects('incoming/')).toEqual({});
	expect(await lab.objects('landing/')).toEqual({});
	expect(await lab.objects(`processed/${batch}/`)).toEqual({ ...files, '_batch.json': expect.any(String) });
	expect(await orderKpis('2026-11-20')).toMatchObject([
		{ order_date: '2026-11-20', total_orders: '5', total_revenue: '150', total_items_sold: '15' },
	]);
	const toys = { kind: 'category', category: 'Toys', from: '2026-11-20', to: '2026-11-20' } as const;
	expect(formatResult(await kpiAnswer(lab.context, toys), 'csv')).toBe(
		'order_date,category,daily_revenue,avg_order_value,avg_return_rate\r\n2026-11-20,Toys,150.00,30.00,0.0000\r\n',
	);
	expect(await queryKpis(lab.context, { ...toys, from: '2026-11-21', to: '2026-11-30' })).toEqual([]);
	expect(await queryKpis(lab.context, { kind: 'orders', to: '2026-11-19' })).toEqual([]);
	expect(await queryKpis(lab.context, { kind: 'orders', from: '2026-11-20' })).toHaveLength(1);
	await expect(lab.gate()).rejects.toMatchObject({
		exitCode: 66,
		message: expect.stringContaining('no files of a drop'),
	});
	await expect(lab.validate(batch)).rejects.toMatchObject({
		exitCode: 66,
		message: expect.stringContaining('is done'),
	});
});

test('a file that is overwritten, and one that is added, belong to the next batch', async () => {
	await lab.drop(soundDrop('2026-11-21'));
	const first = String((await lab.gate()).batch);
	await lab.drop({
		'orders_1.csv': csv.orders('O-2026-11-21-1,U-1,2026-11-21,99.00,completed'),
		'orders_6.csv': csv.orders('O-2026-11-21-6,U-6,2026-11-21,60.00,completed'),
	});
	await lab.load(await lab.validate(first));
	await lab.archive(first);
	expect(Object.keys(await lab.objects(`processed/${first}/`))).toHaveLength(12);
	expect((await lab.objects(`processed/${first}/`))['orders_1.csv']).toContain(',10.00,');
	expect(Object.keys(await lab.objects('incoming/'))).toEqual(['orders_1.csv', 'orders_6.csv']);
	expect(await orderKpis('2026-11-21')).toMatchObject([{ total_orders: '5', total_revenue: '150' }]);
	await lab.drop({
		'orders_7.csv': csv.orders('O-2026-11-21-7,U-6,2026-11-21,1.00,completed'),
		'orders_8.csv': csv.orders('O-2026-11-21-8,U-6,2026-11-21,1.00,completed'),
		'orders_9.csv': csv.orders('O-2026-11-21-9,U-6,2026-11-21,1.00,completed'),
		// Their orders and product are known to the lake only.
		...Object.fromEntries(
			[1, 2, 3, 4, 5].map((n) => [`order_items_${n}.csv`, csv.items(`O-2026-11-20-${n},P-1,1,1.00`)]),
		),
	});
	expect(await lab.gate()).toMatchObject({ status: 'waiting', waits_for: '1 more products.csv (0 there)' });
	await lab.drop({ 'products.csv': csv.products('P-2,Toys,Bat,10.00') });
	const second = String((await lab.gate()).batch);
	await lab.load(await lab.validate(second));
	await lab.archive(second);
	expect(await orderKpis('2026-11-21')).toMatchObject([{ total_orders: '9', total_revenue: '302' }]);
});

test('a batch with a fault stays where it is, causes one alert, and is held until its files change', async () => {
	const files = {
		...soundDrop('2026-11-22'),
		'order_items_3.csv': csv.items('O-nobody,P-9,1,10.00', 'O-2026-11-22-3,P-1,x,1.00'),
	};
	await lab.drop(files);
	const batch = String((await lab.gate()).batch);
	await lab.lock('run 2');
	const refused = await lab.validate(batch).catch((error) => error);
	expect(refused).toMatchObject({ exitCode: 65 });
	const told = await lab.notify(batch, refused.message);
	expect(told.status).toBe('told');
	expect((await lab.notify(batch, refused.message)).status).toBe('unchanged');
	await lab.unlock('run 2');
	expect(await lab.objects('landing/')).toEqual({});
	expect(await lab.objects('incoming/')).toMatchObject(files);
	const { 'report.txt': report } = await lab.objects(`rejected/${batch}/`);
	expect(report?.split('\n').slice(5)).toEqual([
		'order_items_3.csv: 1 of 2 lines break a rule, 1 of 2 lines name an unknown order or product',
		"  line 2: order_id 'O-nobody' is in no file of this drop, and the lake does not know it. What to do: send the orders file that has this order together with it, or correct the order_id.",
		"  line 2: product_id 'P-9' is in no file of this drop, and the lake does not know it. What to do: add the product to products.csv, or correct the product_id.",
		"  line 3: quantity is 'x', not a whole number of 32 bits, such as 3. What to do: write the value as described.",
		'',
	]);
	const [alert, ...more] = await alerts();
	expect(more).toEqual([]);
	expect(alert?.Subject).toBe('shoplake: the file drop has failed at filedrop validate');
	expect(alert?.Message).toContain(`Batch: ${batch}`);
	expect(alert?.Message).toContain('order_items_3.csv');
	expect(alert?.Message).toContain(`shoplake filedrop status --batch ${batch}`);
	expect(await failures()).toBe(1);
	await expect(lab.gate()).rejects.toMatchObject({ exitCode: 66, message: expect.stringContaining('is held') });
	expect(await lab.status(batch)).toMatchObject({ batches: [{ batch, state: 'held' }], report, lock: null });

	// Somebody says so: it fails the same way, and is held again.
	expect(await lab.retry()).toMatchObject({ batches: [batch] });
	expect(await lab.gate()).toMatchObject({ batch, resumed: true });
	await expect(lab.validate(batch)).rejects.toMatchObject({ exitCode: 65 });
	await lab.notify(batch, 'again');
	expect(await alerts()).toHaveLength(1);

	// It changes.
	await lab.drop({ 'order_items_3.csv': csv.items('O-2026-11-22-3,P-1,3,10.00') });
	const mended = String((await lab.gate()).batch);
	expect(mended).not.toBe(batch);
	await lab.load(await lab.validate(mended));
	await lab.archive(mended);
	expect(await lab.objects('incoming/')).toEqual({});
	expect(await orderKpis('2026-11-22')).toMatchObject([{ total_orders: '5', total_items_sold: '15' }]);
});

test('--on-invalid quarantine quarantines bad files and lines and loads the rest', async () => {
	await lab.drop({
		...soundDrop('2026-11-23'),
		'orders_6.csv': 'order_id,user_id,order_date,total_amount\nO-1,U-1,2026-11-23,1.00\n',
		'order_items_3.csv': csv.items('O-nobody,P-1,1,10.00', 'O-2026-11-23-3,P-1,x,1.00', 'O-2026-11-23-3,P-1,3,10.00'),
	});
	const batch = String((await lab.gate()).batch);
	const valid = await lab.validate(batch, 'quarantine');
	expect(valid).toMatchObject({
		rejected_files: ['orders_6.csv'],
		rejected: 1,
		unknown_references: 1,
		max_rejected: '100%',
	});
	await lab.load(valid);
	await lab.archive(batch);
	expect(Object.keys(await lab.objects(`rejected/${batch}/`))).toEqual(['orders_6.csv', 'report.txt']);
	expect((await lab.objects(`rejected/${batch}/`))['report.txt']).toContain('has no column status');
	expect(await lab.objects('incoming/')).toEqual({});
	expect(await orderKpis('2026-11-23')).toMatchObject([{ total_orders: '5', total_items_sold: '15' }]);
});

test('of twenty runs that ask for the lock one gets it, both when it is free and when its lease has expired', async () => {
	const holders = Array.from({ length: 20 }, (_, number) => `racer ${number}`);
	const race = async (at: Date) => {
		const ask = (holder: string) =>
			lock({ clock: () => at, run: lab.context.step(holder).run }, lab.place, { holder, leaseMs: 3600_000 });
		const outcomes = await Promise.all(holders.map(ask));
		return outcomes.flatMap(({ status, holder }) => (status === 'locked' ? [String(holder)] : []));
	};
	const now = Date.now();
	const [first = '', ...others] = await race(new Date(now - 7200_000));
	expect(others).toEqual([]);
	// An hour was the lease.
	const [second = '', ...more] = (await race(new Date(now))).filter((holder) => holder !== first);
	expect(more).toEqual([]);
	if (second !== '') expect((await lab.unlock(first)).status).toBe('unchanged');
	expect(await lab.lock('somebody else')).toMatchObject({ status: 'waiting' });
	expect((await lab.unlock(second || first)).status).toBe('unlocked');
	expect((await lab.unlock(second || first)).status).toBe('unchanged');
	expect((await lab.status()).lock).toBeNull();
});
