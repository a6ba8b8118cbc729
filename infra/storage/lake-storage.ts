import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
	BlockPublicAccess,
	Bucket,
	BucketEncryption,
	type BucketProps,
	type CfnBucket,
	type LifecycleRule,
	ObjectOwnership,
	StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { CfnQueuePolicy, type Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type LakeLayout, type LakePrefix, lakeLayout, prefixes } from '../../tasks/lake/layout';
import { acknowledgeWildcards } from '../tasks/wildcards';

/** What every bucket of the stack is: private, encrypted, TLS only. */
export const closedBucket: BucketProps = {
	encryption: BucketEncryption.S3_MANAGED,
	blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
	objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
	enforceSSL: true,
	minimumTLSVersion: 1.2,
};

/** A writer that died left these parts; no reader ever sees them. */
const abortUploads: LifecycleRule = {
	id: 'abort-incomplete-uploads',
	abortIncompleteMultipartUploadAfter: Duration.days(1),
};

/**
 * The buckets: one for the lake, one for Athena's results.
 *
 * @example
 * const lake = new LakeStorage(this, 'Lake');
 * lake.grantRead(crawlerRole, 'landing/');
 */
export class LakeStorage extends Construct {
	/** The bucket of the lake. Kept when the stack is deleted. */
	readonly bucket: Bucket;
	/** What Athena answered, for a week. */
	readonly queryResults: Bucket;
	/** What lies in the bucket of the lake; the rights of tasks derive from it. */
	readonly layout: LakeLayout;
	private readonly announcements: CfnBucket.QueueConfigurationProperty[] = [];

	constructor(scope: Construct, id: string, { layout = lakeLayout }: { readonly layout?: LakeLayout } = {}) {
		super(scope, id);
		this.layout = layout;
		this.bucket = new Bucket(this, 'Bucket', {
			...closedBucket,
			// The lake never overwrites an object; versions undo a deletion by mistake, vacuum's included.
			versioned: true,
			removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
			lifecycleRules: [
				{
					id: 'bronze-to-infrequent-access',
					prefix: prefixes.bronze,
					transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(90) }],
				},
				// What Firehose delivered is in sealed batches by then.
				...layout.deliveries.map((prefix) => ({
					id: `expire-${prefix.split('/')[1]?.replace('_', '-')}`,
					prefix,
					expiration: Duration.days(30),
				})),
				// `vacuum` deletes them sooner, where it runs.
				{ id: 'expire-refused', prefix: prefixes.refused, expiration: Duration.days(30) },
				{
					id: 'expire-deleted-objects',
					noncurrentVersionExpiration: Duration.days(30),
					expiredObjectDeleteMarker: true,
				},
				abortUploads,
			],
		});
		this.queryResults = new Bucket(this, 'QueryResults', {
			...closedBucket,
			removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
			lifecycleRules: [{ id: 'expire-results', expiration: Duration.days(7) }, abortUploads],
		});
		for (const bucket of [this.bucket, this.queryResults]) {
			Validations.of(bucket).acknowledge({
				id: 'AwsSolutions-S1',
				reason:
					'Server access logs would be an object for every few requests, in a bucket that itself needs watching; who read what is a matter of the account’s CloudTrail data events.',
			});
		}
	}

	/** Lets a role list and read what lies under the prefixes, and nothing else. */
	grantRead(role: Role, ...within: readonly LakePrefix[]): void {
		this.grantOn(role, within, ['s3:GetObject']);
		this.grantList(role, ...within);
	}

	/** Lets a role list the versions of what lies under the prefixes, and read each. */
	grantReadVersions(role: Role, ...within: readonly LakePrefix[]): void {
		this.grantOn(role, within, ['s3:GetObjectVersion']);
		role.addToPolicy(
			new PolicyStatement({
				actions: ['s3:ListBucketVersions'],
				resources: [this.bucket.bucketArn],
				conditions: { StringLike: { 's3:prefix': within.map((prefix) => `${prefix}*`) } },
			}),
		);
	}

	/** Lets a role list what lies under the prefixes, and read none of it. */
	grantList(role: Role, ...within: readonly LakePrefix[]): void {
		role.addToPolicy(
			new PolicyStatement({
				actions: ['s3:ListBucket'],
				resources: [this.bucket.bucketArn],
				// S3 says that an object is not there only to who may list the bucket, and asks that without a prefix:
				// 'IfExists', or whoever reads a lake that is still empty would be told that it may not.
				conditions: { StringLikeIfExists: { 's3:prefix': within.map((prefix) => `${prefix}*`) } },
			}),
		);
	}

	/** Lets a role list, read and add objects under the prefixes; it can delete nothing. */
	grantWrite(role: Role, ...within: readonly LakePrefix[]): void {
		this.grantOn(role, within, ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload']);
		this.grantList(role, ...within);
	}

	/**
	 * Lets a role delete objects under the prefixes: `generate` in the landing zone, and `vacuum`. What Firehose delivered
	 * is nobody's to delete: no run of the lake has made it, and it may wait to be sealed.
	 */
	grantDelete(role: Role, ...within: readonly LakePrefix[]): void {
		this.grantOn(role, within, ['s3:DeleteObject']);
		const delivered = this.layout.deliveries.filter((prefix) => within.some((wide) => prefix.startsWith(wide)));
		if (delivered.length === 0) return;
		role.addToPolicy(
			new PolicyStatement({
				effect: Effect.DENY,
				actions: ['s3:DeleteObject'],
				resources: delivered.map((prefix) => this.bucket.arnForObjects(`${prefix}*`)),
			}),
		);
	}

	/** Lets Firehose write objects of a stream, those that failed too; it reads none. */
	grantDelivery(
		role: Role,
		{ prefix, failedPrefix }: { readonly prefix: string; readonly failedPrefix: string },
	): void {
		const objects = [prefix, failedPrefix].map((folder) => this.bucket.arnForObjects(`${folder}*`));
		role.addToPolicy(new PolicyStatement({ actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resources: objects }));
		role.addToPolicy(
			new PolicyStatement({
				actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
				resources: [this.bucket.bucketArn],
			}),
		);
		acknowledgeWildcards(role, objects, 'Firehose names its objects by the hour.');
	}

	/** Has S3 leave a message in the queue for every object under a prefix whose key ends in the suffix. */
	announce(queue: Queue, { prefix, suffix }: { readonly prefix: LakePrefix; readonly suffix: string }): void {
		this.announcements.push(announceObjects(this.bucket, queue, { prefix, suffix }));
		const bucket = this.bucket.node.defaultChild as CfnBucket;
		bucket.notificationConfiguration = { queueConfigurations: this.announcements };
	}

	private grantOn(role: Role, within: readonly LakePrefix[], actions: string[]): void {
		const resources = within.map((prefix) => this.bucket.arnForObjects(`${prefix}*`));
		role.addToPolicy(new PolicyStatement({ actions, resources }));
		acknowledgeWildcards(role, resources, 'The task works on whatever lies under this prefix.');
	}
}

/**
 * Lets S3 leave a message in a queue for every object of a bucket of this stack under a prefix, and returns what the
 * bucket's own `notificationConfiguration` has to say for that: CDK's `addEventNotification` brings a Lambda of its own.
 *
 * S3 tries the queue when the bucket is made, so the queue's policy has to be there first, and can't name the bucket: it
 * takes any whose name begins as this stack's do, in this account.
 */
export function announceObjects(
	bucket: Bucket,
	queue: Queue,
	{ prefix, suffix }: { readonly prefix: string; readonly suffix: string },
): CfnBucket.QueueConfigurationProperty {
	const { account, partition, stackName } = Stack.of(bucket);
	queue.addToResourcePolicy(
		new PolicyStatement({
			principals: [new ServicePrincipal('s3.amazonaws.com')],
			actions: ['sqs:SendMessage'],
			resources: [queue.queueArn],
			conditions: {
				ArnLike: { 'aws:SourceArn': `arn:${partition}:s3:::${stackName.toLowerCase()}-*` },
				StringEquals: { 'aws:SourceAccount': account },
			},
		}),
	);
	for (const policy of queue.node.findAll().filter(CfnQueuePolicy.isCfnQueuePolicy)) {
		(bucket.node.defaultChild as CfnBucket).addResourceDependency(policy);
	}
	const rules = [
		{ name: 'prefix', value: prefix },
		{ name: 'suffix', value: suffix },
	];
	return { event: 's3:ObjectCreated:*', queue: queue.queueArn, filter: { s3Key: { rules } } };
}
