import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Alarm, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogGroup, LogStream, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { streams } from '../../tasks/contracts/streams';
import type { LakeStorage } from '../storage/lake-storage';
import type { NodeFunction } from '../tasks/node-function';
import { acknowledgeWildcards } from '../tasks/wildcards';

/** UTC, by the time at which the first record of an object came. */
const hourly = '!{timestamp:yyyy/MM/dd/HH}/';
/** A delivery that is behind by so long is worth a look: ten times the longest buffer here. */
const latestDelivery = Duration.minutes(15);

/** How long records may wait for each other, so that objects are not too small. */
export interface Buffer {
	/** 0 to 900. */
	readonly seconds: number;
	/** 1 to 128. */
	readonly mebibytes: number;
}

/**
 * A delivery stream of Firehose into the lake: NDJSON by the hour of arrival under the stream's prefix, what fails under
 * `processing-failed/…` beside it, errors in a log. Records are put by callers, or come from a Kinesis stream; a
 * function may transform them.
 *
 * @example
 * new LakeDelivery(this, 'Events', { lake, to: streams.live_events, buffer: { seconds: 60, mebibytes: 5 }, compression: 'GZIP' });
 */
export class LakeDelivery extends Construct {
	readonly deliveryStream: CfnDeliveryStream;
	/** What Firehose may do. */
	readonly role: Role;
	/** That records wait too long to be delivered. */
	readonly alarm: Alarm;
	private readonly logGroup: LogGroup;

	/** `compression` is `UNCOMPRESSED` or `GZIP`. `name` is for a stream whose name users type. */
	constructor(
		scope: Construct,
		id: string,
		props: {
			readonly lake: LakeStorage;
			readonly to: (typeof streams)[keyof typeof streams];
			readonly buffer: Buffer;
			readonly compression: string;
			readonly name?: string;
			readonly source?: Stream;
			readonly transform?: { readonly by: NodeFunction; readonly buffer: Buffer };
		},
	) {
		super(scope, id);
		const { lake, to, buffer, compression, name, source, transform } = props;
		this.role = new Role(this, 'Role', {
			description: `Delivers to ${to.prefix}`,
			assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
				conditions: { StringEquals: { 'sts:ExternalId': Aws.ACCOUNT_ID } },
			}),
		});
		this.logGroup = new LogGroup(this, 'Log', {
			retention: RetentionDays.ONE_MONTH,
			removalPolicy: RemovalPolicy.DESTROY,
		});
		const errors = new LogStream(this, 'Errors', { logGroup: this.logGroup, removalPolicy: RemovalPolicy.DESTROY });
		this.logGroup.grantWrite(this.role);
		lake.grantDelivery(this.role, to);
		source?.grantRead(this.role);
		if (transform) this.mayInvoke(transform.by);
		this.deliveryStream = new CfnDeliveryStream(this, 'Stream', {
			...(name ? { deliveryStreamName: name } : {}),
			...(source
				? {
						deliveryStreamType: 'KinesisStreamAsSource',
						kinesisStreamSourceConfiguration: { kinesisStreamArn: source.streamArn, roleArn: this.role.roleArn },
					}
				: {
						deliveryStreamType: 'DirectPut',
						deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
					}),
			extendedS3DestinationConfiguration: {
				bucketArn: lake.bucket.bucketArn,
				roleArn: this.role.roleArn,
				prefix: `${to.prefix}${hourly}`,
				errorOutputPrefix: `${to.failedPrefix.replace(/^[^/]+/, '!{firehose:error-output-type}')}${hourly}`,
				bufferingHints: { intervalInSeconds: buffer.seconds, sizeInMBs: buffer.mebibytes },
				compressionFormat: compression,
				cloudWatchLoggingOptions: {
					enabled: true,
					logGroupName: this.logGroup.logGroupName,
					logStreamName: errors.logStreamName,
				},
				...(transform ? { processingConfiguration: processedBy(transform) } : {}),
			},
		});
		// Firehose tries what it may when the stream is made.
		this.deliveryStream.node.addDependency(this.role);
		this.alarm = this.isLate();
		if (source) {
			Validations.of(this.deliveryStream).acknowledge({
				id: 'AwsSolutions-KDF1',
				reason: 'Records come from a Kinesis stream that is encrypted; Firehose keeps none of its own then.',
			});
		}
	}

	private mayInvoke({ lambda }: NodeFunction): void {
		lambda.grantInvoke(this.role);
		acknowledgeWildcards(this.role, [`${lambda.functionArn}:*`], 'Firehose asks for a version of the function.');
	}

	private isLate(): Alarm {
		return new Alarm(this, 'Late', {
			alarmDescription:
				'Records wait for their delivery into the lake. The log of the delivery stream says why; nothing is lost for 24 hours.',
			metric: this.metric('DeliveryToS3.DataFreshness', 'Maximum'),
			threshold: latestDelivery.toSeconds(),
			evaluationPeriods: 1,
			treatMissingData: TreatMissingData.NOT_BREACHING,
		});
	}

	/** A metric of Firehose about this stream. */
	metric(metricName: string, statistic: string): Metric {
		return new Metric({
			namespace: 'AWS/Firehose',
			metricName,
			statistic,
			period: Duration.minutes(5),
			dimensionsMap: { DeliveryStreamName: this.deliveryStream.ref },
		});
	}

	/** Lets a role put records. */
	grantPut(role: Role): void {
		role.addToPolicy(
			new PolicyStatement({ actions: ['firehose:PutRecordBatch'], resources: [this.deliveryStream.attrArn] }),
		);
	}
}

function processedBy({
	by,
	buffer,
}: {
	readonly by: NodeFunction;
	readonly buffer: Buffer;
}): CfnDeliveryStream.ProcessingConfigurationProperty {
	const parameters = {
		LambdaArn: by.lambda.functionArn,
		NumberOfRetries: '3',
		BufferIntervalInSeconds: String(buffer.seconds),
		BufferSizeInMBs: String(buffer.mebibytes),
	};
	return {
		enabled: true,
		processors: [
			{
				type: 'Lambda',
				parameters: Object.entries(parameters).map(([parameterName, parameterValue]) => ({
					parameterName,
					parameterValue,
				})),
			},
		],
	};
}
