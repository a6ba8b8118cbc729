import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../../infra/lakehouse-stack';
import { listGrants } from './policies';

const template = Template.fromStack(new LakehouseStack(new App(), 'Shoplake'));
const json = template.toJSON();
interface Resource {
	readonly Type: string;
	readonly Condition?: string;
	readonly Properties: Record<string, unknown>;
}
const resources = Object.entries(json.Resources as Record<string, Resource>);
const onlyResource = (type: string): Resource => {
	const found = resources.filter(([, { Type }]) => Type === type);
	expect(found).toHaveLength(1);
	return found[0]?.[1] as Resource;
};
const stream = (type: 'DirectPut' | 'KinesisStreamAsSource') =>
	resources.find(
		([, { Type, Properties }]) =>
			Type === 'AWS::KinesisFirehose::DeliveryStream' && Properties.DeliveryStreamType === type,
	)?.[1] as Resource;

describe('the event stream', () => {
	test('has the name that producers type, and delivers NDJSON by the hour of arrival', () => {
		expect(stream('DirectPut').Properties).toMatchObject({
			DeliveryStreamName: 'firehose-to-s3',
			DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
			ExtendedS3DestinationConfiguration: {
				Prefix: 'bronze/live_events/!{timestamp:yyyy/MM/dd/HH}/',
				ErrorOutputPrefix: '!{firehose:error-output-type}/live_events/!{timestamp:yyyy/MM/dd/HH}/',
				BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 16 },
				CompressionFormat: { Ref: 'StreamCompression' },
				CloudWatchLoggingOptions: { Enabled: true },
			},
		});
		template.hasParameter('StreamCompression', { Default: 'UNCOMPRESSED', AllowedValues: ['UNCOMPRESSED', 'GZIP'] });
	});

	test('may write its objects and its log, and read nothing', () => {
		expect(listGrants(template, 'EventsRole')).toEqual([
			{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['EventsLog'] },
			{
				actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
				on: ['LakeBucket/bronze/live_events/*', 'LakeBucket/processing-failed/live_events/*'],
			},
			{ actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], on: ['LakeBucket'] },
		]);
	});
});

describe('events by HTTP', () => {
	test('come by POST /events, signed unless the deployment opens the door', () => {
		const route = onlyResource('AWS::ApiGatewayV2::Route');
		expect(route.Properties).toMatchObject({
			RouteKey: 'POST /events',
			AuthorizationType: { Ref: 'EventsAuthorization' },
		});
		template.hasParameter('EventsAuthorization', { Default: 'AWS_IAM', AllowedValues: ['AWS_IAM', 'NONE'] });
	});

	test('are throttled, and each request is in a log', () => {
		expect(onlyResource('AWS::ApiGatewayV2::Stage').Properties).toMatchObject({
			StageName: '$default',
			DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
			AccessLogSettings: { Format: expect.stringContaining('$context.status') },
		});
	});

	test('are put into the stream by a function that may do nothing else', () => {
		expect(listGrants(template, 'EventEntryAnswerRole')).toEqual([
			{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['EventEntryAnswerLog'] },
			{ actions: ['firehose:PutRecordBatch'], on: ['EventsStream'] },
		]);
	});
});

describe('live orders', () => {
	test('the table is always there, with a stream of old and new images', () => {
		template.hasResource('AWS::DynamoDB::Table', {
			Condition: Match.absent(),
			Properties: { TableName: 'OrderTable', StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } },
		});
	});

	test('what costs by the hour, and all that hangs on it, is there only where it is asked for', () => {
		template.hasParameter('LiveOrders', { Default: 'off', AllowedValues: ['off', 'on', 'relayed'] });
		const way = resources.filter(([id]) => id.startsWith('LiveOrdersWay'));
		const types = new Set(way.map(([, { Type }]) => Type));
		for (const type of ['Kinesis::Stream', 'Pipes::Pipe', 'KinesisFirehose::DeliveryStream', 'Lambda::Function']) {
			expect(types).toContain(`AWS::${type}`);
		}
		const [condition] = new Set(way.map(([, { Condition }]) => Condition));
		expect(way.every(([, { Condition }]) => Condition === condition)).toBe(true);
		expect(json.Conditions[condition as string]).toEqual({
			'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'LiveOrders' }, 'off'] }],
		});
		// A reference from elsewhere to what may not be there would refuse the whole template.
		const ids = way.map(([id]) => `"${id}"`);
		const others = resources.filter(([id]) => !id.startsWith('LiveOrdersWay'));
		expect(others.filter(([, resource]) => ids.some((id) => JSON.stringify(resource).includes(id)))).toEqual([]);
		expect(json.Outputs.ShoplakeOrderStream.Condition).toBe(condition);
	});

	test('a Pipe takes changes to Kinesis, those of one order in their order; what it gives up is named in a queue', () => {
		expect(onlyResource('AWS::Pipes::Pipe').Properties).toMatchObject({
			DesiredState: { 'Fn::If': [expect.stringMatching(/^LiveOrdersIsRelayed/), 'STOPPED', 'RUNNING'] },
			SourceParameters: {
				DynamoDBStreamParameters: {
					StartingPosition: 'TRIM_HORIZON',
					BatchSize: 100,
					MaximumBatchingWindowInSeconds: 1,
					MaximumRecordAgeInSeconds: 3600,
					OnPartialBatchItemFailure: 'AUTOMATIC_BISECT',
					DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^LiveOrdersWayDeadLetters/), 'Arn'] } },
				},
			},
			TargetParameters: { KinesisStreamParameters: { PartitionKey: '$.dynamodb.Keys.orderid.S' } },
			LogConfiguration: { Level: 'ERROR' },
		});
		expect(listGrants(template, 'LiveOrdersWayPipeRole')).toEqual([
			{
				actions: [
					'dynamodb:DescribeStream',
					'dynamodb:GetRecords',
					'dynamodb:GetShardIterator',
					'dynamodb:ListStreams',
				],
				on: ['LiveOrdersOrderTable'],
			},
			{ actions: ['kinesis:PutRecord', 'kinesis:PutRecords'], on: ['LiveOrdersWayStream'] },
			{
				actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
				on: ['LiveOrdersWayDeadLetters'],
			},
			{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['LiveOrdersWayPipeLog'] },
		]);
	});

	test('Firehose has them transformed, and waits no longer than the promised minute allows', () => {
		const { Properties } = stream('KinesisStreamAsSource');
		expect(Properties).toMatchObject({
			ExtendedS3DestinationConfiguration: {
				Prefix: 'bronze/live_orders/!{timestamp:yyyy/MM/dd/HH}/',
				ErrorOutputPrefix: '!{firehose:error-output-type}/live_orders/!{timestamp:yyyy/MM/dd/HH}/',
				BufferingHints: { IntervalInSeconds: 15, SizeInMBs: 5 },
				ProcessingConfiguration: {
					Enabled: true,
					Processors: [
						{
							Type: 'Lambda',
							Parameters: expect.arrayContaining([
								{ ParameterName: 'BufferIntervalInSeconds', ParameterValue: '5' },
								{ ParameterName: 'BufferSizeInMBs', ParameterValue: '1' },
							]),
						},
					],
				},
			},
		});
		const grants = JSON.stringify(listGrants(template, 'LiveOrdersWayDeliveryRole'));
		expect(grants).toContain('kinesis:GetRecords');
		expect(grants).toContain('lambda:InvokeFunction');
		expect(grants).not.toMatch(/kinesis:Put|s3:Delete/);
	});

	test('the transformation may write its log and nothing else', () => {
		expect(listGrants(template, 'LiveOrdersWayTransformRole')).toEqual([
			{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['LiveOrdersWayTransformLog'] },
		]);
	});
});

test('a person is told where deliveries are late, changes are given up, or a function fails', () => {
	const alarms = resources.filter(
		([id, { Type }]) => Type === 'AWS::CloudWatch::Alarm' && /Events|Entry|Live/.test(id),
	);
	expect(alarms.map(([id]) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual([
		'EventEntryFails',
		'EventsLate',
		'LiveOrdersWayDeliveryLate',
		'LiveOrdersWayGivenUp',
		'LiveOrdersWayTransformFails',
	]);
	for (const [, { Properties }] of alarms) {
		expect(Properties.AlarmActions).toHaveLength(1);
		// With a label it would be metric math, which the AWS of a laptop does not take.
		expect(Properties).not.toHaveProperty('Metrics');
	}
});
