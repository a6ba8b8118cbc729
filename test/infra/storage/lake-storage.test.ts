import { Match } from 'aws-cdk-lib/assertions';
import { statementsFor } from '../support/granted';
import { synthesize } from '../support/synth';

const template = synthesize();

describe('the buckets', () => {
	test('are private, encrypted and kept when the stack is deleted', () => {
		const buckets = Object.values(template.findResources('AWS::S3::Bucket'));
		expect(buckets).toHaveLength(3);
		for (const { DeletionPolicy, Properties } of buckets) {
			expect(DeletionPolicy).toBe('RetainExceptOnCreate');
			expect(Properties).not.toHaveProperty('BucketName');
			expect(Properties).toMatchObject({
				BucketEncryption: {
					ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
				},
				OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
				PublicAccessBlockConfiguration: {
					BlockPublicAcls: true,
					BlockPublicPolicy: true,
					IgnorePublicAcls: true,
					RestrictPublicBuckets: true,
				},
			});
		}
	});

	test('deny requests without TLS 1.2', () => {
		const denials = (condition: object) => ({
			PolicyDocument: {
				Statement: Match.arrayWith([
					Match.objectLike({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition: condition }),
				]),
			},
		});
		const plain = { Bool: { 'aws:SecureTransport': 'false' } };
		const outdated = { NumericLessThan: { 's3:TlsVersion': 1.2 } };
		template.resourcePropertiesCountIs('AWS::S3::BucketPolicy', denials(plain), 3);
		template.resourcePropertiesCountIs('AWS::S3::BucketPolicy', denials(outdated), 3);
	});

	test('the lake keeps deleted objects for 30 days, and moves what is rarely read to infrequent access after 90', () => {
		template.hasResourceProperties('AWS::S3::Bucket', {
			VersioningConfiguration: { Status: 'Enabled' },
			LifecycleConfiguration: {
				Rules: [
					...['bronze', 'quarantine', 'landing', 'processed'].map((folder) => ({
						Id: `${folder}-to-infrequent-access`,
						Status: 'Enabled',
						Prefix: `${folder}/`,
						Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 90 }],
					})),
					{ Id: 'expire-rejected', Status: 'Enabled', Prefix: 'rejected/', ExpirationInDays: 365 },
					// Only what is sealed: `stream seal` sets the tag.
					...['live-events', 'live-orders'].map((stream) => ({
						Id: `expire-${stream}`,
						Status: 'Enabled',
						Prefix: `bronze/${stream.replace('-', '_')}/`,
						TagFilters: [{ Key: 'shoplake-sealed', Value: 'true' }],
						ExpirationInDays: 30,
					})),
					{ Id: 'expire-refused', Status: 'Enabled', Prefix: 'refused/', ExpirationInDays: 30 },
					{ Id: 'expire-scratch', Status: 'Enabled', Prefix: '_scratch/', ExpirationInDays: 30 },
					{
						Id: 'expire-deleted-objects',
						Status: 'Enabled',
						NoncurrentVersionExpiration: { NoncurrentDays: 30 },
						ExpiredObjectDeleteMarker: true,
					},
					{
						Id: 'abort-incomplete-uploads',
						Status: 'Enabled',
						AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
					},
				],
			},
		});
	});

	test('Athena’s results are kept for a week', () => {
		template.hasResourceProperties('AWS::S3::Bucket', {
			LifecycleConfiguration: {
				Rules: Match.arrayWith([Match.objectLike({ Id: 'expire-results', ExpirationInDays: 7 })]),
			},
		});
	});
});

test('a grant to read allows reading and listing these prefixes and nothing else', () => {
	expect(statementsFor(({ lake }, role) => lake.grantRead(role, 'silver/', '_heads/'))).toEqual([
		{ actions: ['s3:GetObject'], on: ['LakeBucket/silver/*', 'LakeBucket/_heads/*'] },
		{
			actions: ['s3:ListBucket'],
			on: ['LakeBucket'],
			where: { StringLikeIfExists: { 's3:prefix': ['silver/*', '_heads/*'] } },
		},
	]);
});

test('a grant to write allows reading and adding objects, not deleting them', () => {
	const statements = statementsFor(({ lake }, role) => lake.grantWrite(role, 'gold/'));
	expect(statements).toContainEqual({
		actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
		on: ['LakeBucket/gold/*'],
	});
	expect(JSON.stringify(statements)).not.toContain('Delete');
});

test('a grant to delete allows deleting only', () => {
	expect(statementsFor(({ lake }, role) => lake.grantDelete(role, 'gold/'))).toEqual([
		{ actions: ['s3:DeleteObject'], on: ['LakeBucket/gold/*'] },
	]);
});

test('a grant to delete in Bronze does not allow deleting what Firehose has delivered', () => {
	expect(statementsFor(({ lake }, role) => lake.grantDelete(role, 'bronze/'))).toEqual([
		{ actions: ['s3:DeleteObject'], on: ['LakeBucket/bronze/*'] },
		{
			actions: ['s3:DeleteObject'],
			on: ['LakeBucket/bronze/live_events/*', 'LakeBucket/bronze/live_orders/*'],
			denied: true,
		},
	]);
});

test('a role that reads versions may list them without a prefix, so that S3 reports one that is gone as missing', () => {
	const grants = statementsFor(({ lake }, role) => lake.grantReadVersions(role, 'incoming/'));
	expect(grants).toContainEqual({
		actions: ['s3:ListBucketVersions'],
		on: ['LakeBucket'],
		where: { StringLikeIfExists: { 's3:prefix': ['incoming/*'] } },
	});
});
