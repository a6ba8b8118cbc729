import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogGroup, LogStream, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { streams } from '../../tasks/contracts/streams';
import { createAlarm } from '../operations/alarms';
import type { LakeStorage } from '../storage/lake-storage';
import type { NodeFunction } from '../tasks/node-function';
import { acknowledgeWildcards } from '../tasks/wildcards';

/** UTC, by the arrival of an object's first record. */
const hourlyPrefix = '!{timestamp:yyyy/MM/dd/HH}/';
/** A delay that is worth an alarm: ten times the longest buffer in the stack. */
const maxDelay = Duration.minutes(15);

/** How long, or up to what size, records are collected into one object. */
export interface Buffer {
	/** 0 to 900. */
	readonly seconds: number;
	/** 1 to 128. */
	readonly mebibytes: number;
}

/**
 * A Firehose delivery stream into the lake: NDJSON by the hour of arrival under the stream's prefix, failed records
 * under `processing-failed/…`, errors in a log. Records are put by callers or read from a Kinesis stream; a function may
 * transform them.
 *
 * @example
 * new LakeDelivery(this, 'Events', { lake, to: streams.live_events, buffer: { seconds: 60, mebibytes: 5 }, compression: 'GZIP' });
 */
export class LakeDelivery extends Construct {
	readonly deliveryStream: CfnDeliveryStream;
	/** What Firehose may do. */
	readonly role: Role;
	/** Goes off when records wait too long for their delivery. */
	readonly alarm: Alarm;
	private readonly logGroup: LogGroup;

	/** `compression` is `UNCOMPRESSED` or `GZIP`; `name` is set only if users type the stream's name. */
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
		if (transform) this.grantInvoke(transform.by);
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
				prefix: `${to.prefix}${hourlyPrefix}`,
				errorOutputPrefix: `${to.failedPrefix.replace(/^[^/]+/, '!{firehose:error-output-type}')}${hourlyPrefix}`,
				bufferingHints: { intervalInSeconds: buffer.seconds, sizeInMBs: buffer.mebibytes },
				compressionFormat: compression,
				cloudWatchLoggingOptions: {
					enabled: true,
					logGroupName: this.logGroup.logGroupName,
					logStreamName: errors.logStreamName,
				},
				...(transform ? { processingConfiguration: transformConfiguration(transform) } : {}),
			},
		});
		// Firehose checks its permissions when the stream is created.
		this.deliveryStream.node.addDependency(this.role);
		this.alarm = this.delayAlarm();
		if (source) {
			Validations.of(this.deliveryStream).acknowledge({
				id: 'AwsSolutions-KDF1',
				reason: 'Records come from an encrypted Kinesis stream; Firehose then stores none itself.',
			});
		}
	}

	private grantInvoke({ lambda }: NodeFunction): void {
		lambda.grantInvoke(this.role);
		acknowledgeWildcards(this.role, [`${lambda.functionArn}:*`], 'Firehose invokes a version of the function.');
	}

	private delayAlarm(): Alarm {
		return createAlarm(this, 'DelayAlarm', {
			metric: this.metric('DeliveryToS3.DataFreshness', 'Maximum'),
			threshold: maxDelay.toSeconds(),
			description: `Records have waited ${maxDelay.toMinutes()} minutes for their delivery to the lake. The delivery stream's log says why; nothing is lost for 24 hours.`,
		});
	}

	/** A metric that Firehose reports of this stream. */
	metric(metricName: string, statistic: string): Metric {
		return new Metric({
			namespace: 'AWS/Firehose',
			metricName,
			statistic,
			period: Duration.minutes(5),
			dimensionsMap: { DeliveryStreamName: this.deliveryStream.ref },
		});
	}

	/** Allows a role to put records. */
	grantPut(role: Role): void {
		role.addToPolicy(
			new PolicyStatement({ actions: ['firehose:PutRecordBatch'], resources: [this.deliveryStream.attrArn] }),
		);
	}
}

function transformConfiguration({
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
