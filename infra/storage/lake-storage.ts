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
import { type LakeLayout, type LakePrefix, lakeLayout, prefixes, sealedTag } from '../../tasks/lake/layout';
import { allow, type PolicyHolder } from '../tasks/policy-holder';
import { acknowledgeWildcards } from '../tasks/wildcards';

/** A top-level prefix of the lake's bucket, or a narrower one below it. */
type LakePath = `${LakePrefix}${string}`;

/** The properties of every bucket in the stack: private, encrypted, TLS only. */
export const closedBucket: BucketProps = {
	encryption: BucketEncryption.S3_MANAGED,
	blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
	objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
	enforceSSL: true,
	minimumTLSVersion: 1.2,
};

/** Kept for ever, and after a while read only by a rebuild or an investigation. */
const rarelyRead = [prefixes.bronze, prefixes.quarantine, prefixes.landing, prefixes.processed] as const;

/** Parts that a writer left when it died; no reader sees them. */
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
	/** The results of Athena, kept for a week. */
	readonly queryResults: Bucket;
	/** What lies in the bucket of the lake; the rights of tasks derive from it. */
	readonly layout: LakeLayout;
	private readonly announcements: CfnBucket.QueueConfigurationProperty[] = [];

	private readonly sourceBuckets: readonly string[];

	/** `sourceBuckets` are the names of buckets outside the stack that tasks may read source files from. */
	constructor(
		scope: Construct,
		id: string,
		{
			layout = lakeLayout,
			sourceBuckets = [],
		}: { readonly layout?: LakeLayout; readonly sourceBuckets?: readonly string[] } = {},
	) {
		super(scope, id);
		this.layout = layout;
		this.sourceBuckets = sourceBuckets;
		this.bucket = new Bucket(this, 'Bucket', {
			...closedBucket,
			// The lake never overwrites an object; versions can undo an accidental deletion, vacuum's included.
			versioned: true,
			removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
			lifecycleRules: [
				...rarelyRead.map((prefix) => ({
					id: `${prefix.replace('/', '')}-to-infrequent-access`,
					prefix,
					transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(90) }],
				})),
				// Copies of files for their sender, who has been told.
				{ id: 'expire-rejected', prefix: prefixes.rejected, expiration: Duration.days(365) },
				// Sealed batches have the same records. The age is that of the object: one that is sealed late goes at once.
				...layout.deliveries.map((prefix) => ({
					id: `expire-${prefix.split('/')[1]?.replace('_', '-')}`,
					prefix,
					tagFilters: { [sealedTag.key]: sealedTag.value },
					expiration: Duration.days(30),
				})),
				// Where `vacuum` runs, it deletes them sooner.
				{ id: 'expire-refused', prefix: prefixes.refused, expiration: Duration.days(30) },
				{ id: 'expire-scratch', prefix: prefixes.scratch, expiration: Duration.days(30) },
				// Thirteen months: a month can be compared with that of a year ago.
				{ id: 'expire-costs', prefix: prefixes.costs, expiration: Duration.days(396) },
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
					'Server access logs would be an object for every few requests, in another bucket to maintain; the account’s CloudTrail data events can record who read what.',
			});
		}
	}

	/** Allows to list and read objects under the prefixes, and nothing else. */
	grantRead(holder: PolicyHolder, ...within: readonly LakePath[]): void {
		this.grantObjects(holder, within, ['s3:GetObject']);
		this.grantList(holder, ...within);
	}

	/** Allows a role to list and read the buckets outside the stack that hold source files. */
	grantReadSources(role: Role): void {
		for (const name of this.sourceBuckets) {
			const bucket = Stack.of(this).formatArn({ service: 's3', region: '', account: '', resource: name });
			const objects = `${bucket}/*`;
			role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket] }));
			role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [objects] }));
			acknowledgeWildcards(role, [objects], 'The deployment names the bucket; its owner decides what is in it.');
		}
	}

	/** Allows a role to list and read the versions of objects under the prefixes. */
	grantReadVersions(role: Role, ...within: readonly LakePrefix[]): void {
		this.grantObjects(role, within, ['s3:GetObjectVersion']);
		role.addToPolicy(
			new PolicyStatement({
				actions: ['s3:ListBucketVersions'],
				resources: [this.bucket.bucketArn],
				// S3 denies access to a version that is gone instead of reporting it, as in `grantList`.
				conditions: { StringLikeIfExists: { 's3:prefix': within.map((prefix) => `${prefix}*`) } },
			}),
		);
	}

	/**
	 * Allows to read, write and delete for good every version of every object, delivered ones included. Only `forget`
	 * may: it searches everything that the bucket holds, and what it deletes is gone. Heads stay: they name no person.
	 */
	grantErase(role: Role): void {
		const objects = this.bucket.arnForObjects('*');
		const read = ['s3:GetObject', 's3:GetObjectVersion'];
		const write = ['s3:PutObject', 's3:AbortMultipartUpload'];
		// To delete a version S3 asks for both.
		const erase = ['s3:DeleteObject', 's3:DeleteObjectVersion'];
		allow(role, { actions: [...read, ...write, ...erase], resources: [objects] });
		allow(role, { actions: ['s3:ListBucket', 's3:ListBucketVersions'], resources: [this.bucket.bucketArn] });
		allow(role, { effect: Effect.DENY, actions: erase, resources: [this.bucket.arnForObjects(`${prefixes.heads}*`)] });
		acknowledgeWildcards(role, [objects], 'The task searches and erases in all objects of the lake.');
	}

	/** Allows to list objects under the prefixes, without reading them. */
	grantList(holder: PolicyHolder, ...within: readonly LakePath[]): void {
		allow(holder, {
			actions: ['s3:ListBucket'],
			resources: [this.bucket.bucketArn],
			// Without permission to list the bucket, S3 denies access to a missing object instead of reporting it as
			// missing. That check has no prefix, hence 'IfExists'.
			conditions: { StringLikeIfExists: { 's3:prefix': within.map((prefix) => `${prefix}*`) } },
		});
	}

	/** Allows a role to list, read and add objects under the prefixes, but not to delete them. */
	grantWrite(role: Role, ...within: readonly LakePrefix[]): void {
		this.grantObjects(role, within, ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload']);
		this.grantList(role, ...within);
	}

	/** Allows a role to add objects under a prefix, without reading or listing any. */
	grantAdd(role: Role, prefix: LakePrefix): void {
		this.grantObjects(role, [prefix], ['s3:PutObject']);
	}

	/** Allows a role to ask in which region the bucket is, as Athena does before it writes. */
	grantLocate(role: Role): void {
		role.addToPolicy(new PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [this.bucket.bucketArn] }));
	}

	/**
	 * Allows a role to delete objects under the prefixes, except what Firehose delivered: that may not be sealed yet.
	 */
	grantDelete(role: Role, ...within: readonly LakePrefix[]): void {
		this.grantObjects(role, within, ['s3:DeleteObject']);
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

	/** Allows a role to tag what Firehose delivered, and so to let the bucket's rules delete it. */
	grantTagDelivered(role: Role): void {
		const resources = this.layout.deliveries.map((prefix) => this.bucket.arnForObjects(`${prefix}*`));
		allow(role, { actions: ['s3:PutObjectTagging'], resources });
		acknowledgeWildcards(role, resources, 'Firehose names its objects by the hour.');
	}

	/** Allows Firehose to write the objects of a stream, failed ones included, but not to read any. */
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

	/** Makes S3 send a message to the queue for every new object under the prefix whose key ends in the suffix. */
	announce(queue: Queue, { prefix, suffix }: { readonly prefix: LakePrefix; readonly suffix: string }): void {
		this.announcements.push(announceObjects(this.bucket, queue, { prefix, suffix }));
		const bucket = this.bucket.node.defaultChild as CfnBucket;
		bucket.notificationConfiguration = { queueConfigurations: this.announcements };
	}

	private grantObjects(holder: PolicyHolder, within: readonly LakePath[], actions: string[]): void {
		const resources = within.map((prefix) => this.bucket.arnForObjects(`${prefix}*`));
		allow(holder, { actions, resources });
		acknowledgeWildcards(holder, resources, 'The task works on all objects under this prefix.');
	}
}

/**
 * Allows S3 to send a message to a queue for every new object of a bucket under a prefix, and returns the entry for the
 * bucket's `notificationConfiguration`: CDK's `addEventNotification` would add a Lambda function.
 *
 * S3 tests the queue when the bucket is created, so the queue's policy has to exist first and can't name the bucket: it
 * allows every bucket of this account whose name begins with the stack's.
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
