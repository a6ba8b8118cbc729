import { listGrants } from '../support/grants';
import { synthesize } from '../support/synth';

const template = synthesize();
const [stream] = Object.values(
	template.findResources('AWS::KinesisFirehose::DeliveryStream', { Properties: { DeliveryStreamType: 'DirectPut' } }),
);

test('the event stream has the name that producers type, and delivers NDJSON by the hour of arrival', () => {
	expect(stream?.Properties).toMatchObject({
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

test('the event stream may write its objects and its log, and read nothing', () => {
	expect(listGrants(template, 'EventsRole')).toEqual([
		{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['EventsLog'] },
		{
			actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
			on: ['LakeBucket/bronze/live_events/*', 'LakeBucket/processing-failed/live_events/*'],
		},
		{ actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], on: ['LakeBucket'] },
	]);
});
