import { Match } from 'aws-cdk-lib/assertions';
import { listGrants } from '../support/grants';
import { synthesize } from '../support/synth';

const template = synthesize();
const json = template.toJSON();
interface Resource {
	readonly Type: string;
	readonly Condition?: string;
}
const resources = Object.entries(json.Resources as Record<string, Resource>);
const [stream] = Object.values(
	template.findResources('AWS::KinesisFirehose::DeliveryStream', {
		Properties: { DeliveryStreamType: 'KinesisStreamAsSource' },
	}),
);

test('OrderTable exists in every deployment, with a stream of old and new images', () => {
	template.hasResource('AWS::DynamoDB::Table', {
		Condition: Match.absent(),
		Properties: { TableName: 'OrderTable', StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } },
	});
});

test('the pipeline, which costs by the hour, exists only if the deployment asks for it', () => {
	template.hasParameter('LiveOrders', { Default: 'off', AllowedValues: ['off', 'on', 'relayed'] });
	const pipeline = resources.filter(([id]) => id.startsWith('LiveOrdersWay'));
	const types = new Set(pipeline.map(([, { Type }]) => Type));
	for (const type of ['Kinesis::Stream', 'Pipes::Pipe', 'KinesisFirehose::DeliveryStream', 'Lambda::Function']) {
		expect(types).toContain(`AWS::${type}`);
	}
	const [condition] = new Set(pipeline.map(([, { Condition }]) => Condition));
	expect(pipeline.every(([, { Condition }]) => Condition === condition)).toBe(true);
	expect(json.Conditions[condition as string]).toEqual({
		'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'LiveOrders' }, 'off'] }],
	});
	// A reference from another resource to one that may not exist makes the whole template invalid.
	const ids = pipeline.map(([id]) => `"${id}"`);
	const others = resources.filter(([id]) => !id.startsWith('LiveOrdersWay'));
	expect(others.filter(([, resource]) => ids.some((id) => JSON.stringify(resource).includes(id)))).toEqual([]);
	expect(json.Outputs.ShoplakeOrderStream.Condition).toBe(condition);
});

test('a Pipe sends changes to Kinesis, those of one order in order, and names those it gives up in a queue', () => {
	const pipes = Object.entries(template.findResources('AWS::Pipes::Pipe')).filter(([id]) =>
		id.startsWith('LiveOrders'),
	);
	expect(pipes).toHaveLength(1);
	expect(pipes[0]?.[1].Properties).toMatchObject({
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
			actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
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

test('Firehose transforms changes, and its buffers fit the promised minute from put to query', () => {
	expect(stream?.Properties).toMatchObject({
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

test('the transform may write its log and nothing else', () => {
	expect(listGrants(template, 'LiveOrdersWayTransformRole')).toEqual([
		{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['LiveOrdersWayTransformLog'] },
	]);
});
