import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../../infra/lakehouse-stack';
import { localSettings } from '../../tasks/local/settings';
import { readConfig } from '../../tasks/platform/config';
import { listGrants } from './policies';

const template = Template.fromStack(new LakehouseStack(new App(), 'Shoplake'));
const resources = Object.values(template.toJSON().Resources as Record<string, Resource>);
interface Resource {
	readonly Type: string;
	readonly DeletionPolicy?: string;
	readonly Properties: Record<string, unknown>;
}

describe('the buckets', () => {
	test('are three, private, encrypted, and outlive the stack', () => {
		const buckets = resources.filter(({ Type }) => Type === 'AWS::S3::Bucket');
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

	test('refuse whoever comes without TLS 1.2', () => {
		const denials = (condition: object) => ({
			PolicyDocument: {
				Statement: Match.arrayWith([
					Match.objectLike({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition: condition }),
				]),
			},
		});
		const secure = { Bool: { 'aws:SecureTransport': 'false' } };
		const recent = { NumericLessThan: { 's3:TlsVersion': 1.2 } };
		template.resourcePropertiesCountIs('AWS::S3::BucketPolicy', denials(secure), 3);
		template.resourcePropertiesCountIs('AWS::S3::BucketPolicy', denials(recent), 3);
	});

	test('the lake’s keeps deleted objects for a month and moves Bronze to infrequent access after 90 days', () => {
		template.hasResourceProperties('AWS::S3::Bucket', {
			VersioningConfiguration: { Status: 'Enabled' },
			LifecycleConfiguration: {
				Rules: [
					{
						Id: 'bronze-to-infrequent-access',
						Status: 'Enabled',
						Prefix: 'bronze/',
						Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 90 }],
					},
					{ Id: 'expire-live-events', Status: 'Enabled', Prefix: 'bronze/live_events/', ExpirationInDays: 30 },
					{ Id: 'expire-live-orders', Status: 'Enabled', Prefix: 'bronze/live_orders/', ExpirationInDays: 30 },
					{ Id: 'expire-refused', Status: 'Enabled', Prefix: 'refused/', ExpirationInDays: 30 },
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

	test('Athena’s keeps results for a week', () => {
		template.hasResourceProperties('AWS::S3::Bucket', {
			LifecycleConfiguration: {
				Rules: Match.arrayWith([Match.objectLike({ Id: 'expire-results', ExpirationInDays: 7 })]),
			},
		});
	});
});

describe('the tables of DynamoDB', () => {
	test.each([
		['CategoryKPIs', ['category', 'order_date']],
		['OrderKPIs', ['order_date']],
		['Products', ['product_id']],
		['OrderTable', ['orderid']],
		['StockData', ['PK', 'SK']],
	])('%s has the keys %j, is on demand, encrypted, recoverable, and outlives the stack', (TableName, keys) => {
		template.hasResource('AWS::DynamoDB::Table', {
			DeletionPolicy: 'RetainExceptOnCreate',
			Properties: {
				TableName,
				KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
				AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
				BillingMode: 'PAY_PER_REQUEST',
				PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
				SSESpecification: { SSEEnabled: true },
			},
		});
	});
});

describe('the catalog', () => {
	test('has the database that users type, and no table: those are made by crawl', () => {
		template.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'ecommerce_analytics_db' } });
		template.resourceCountIs('AWS::Glue::Table', 0);
	});

	test('its crawler reads the landing zone when asked, and names its tables apart', () => {
		const [crawler] = resources.filter(({ Type }) => Type === 'AWS::Glue::Crawler');
		expect(crawler?.Properties).toMatchObject({ DatabaseName: 'ecommerce_analytics_db', TablePrefix: 'landing_' });
		expect(JSON.stringify(crawler?.Properties.Targets)).toMatch(/^\{"S3Targets":\[\{"Path":.*"\/landing\/"/);
		expect(crawler?.Properties).not.toHaveProperty('Schedule');
	});

	test('its crawler’s role is Glue’s in this account, and can read landing/ and keep landing_ tables only', () => {
		template.hasResourceProperties('AWS::IAM::Role', {
			AssumeRolePolicyDocument: {
				Statement: [
					{
						Action: 'sts:AssumeRole',
						Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
						Effect: 'Allow',
						Principal: { Service: 'glue.amazonaws.com' },
					},
				],
			},
			ManagedPolicyArns: Match.absent(),
		});
		expect(listGrants(template, 'CatalogCrawlerRole')).toEqual([
			{ actions: ['s3:GetObject'], on: ['LakeBucket/landing/*'] },
			{
				actions: ['s3:ListBucket'],
				on: ['LakeBucket'],
				where: { StringLikeIfExists: { 's3:prefix': ['landing/*'] } },
			},
			{
				actions: [
					'glue:GetDatabase',
					'glue:GetTable',
					'glue:GetTables',
					'glue:GetPartition',
					'glue:GetPartitions',
					'glue:BatchGetPartition',
					'glue:CreateTable',
					'glue:UpdateTable',
					'glue:CreatePartition',
					'glue:BatchCreatePartition',
					'glue:UpdatePartition',
				],
				on: ['catalog', 'database/ecommerce_analytics_db', 'table/ecommerce_analytics_db/landing_*'].map(
					(name) => `arn:AWS::Partition:glue:AWS::Region:AWS::AccountId:${name}`,
				),
			},
			{
				actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
				on: ['', ':log-stream:*'].map(
					(rest) => `arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group:/aws-glue/crawlers${rest}`,
				),
			},
		]);
	});
});

test('the workgroup’s settings win over the client’s, and its bytes scanned are a metric', () => {
	template.hasResourceProperties('AWS::Athena::WorkGroup', {
		Name: 'shoplake',
		WorkGroupConfiguration: {
			EnforceWorkGroupConfiguration: true,
			PublishCloudWatchMetricsEnabled: true,
			ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_S3' } },
		},
	});
});

test('the outputs are the configuration of the tasks', () => {
	const outputs = Object.keys(template.toJSON().Outputs as object).map((name) => [name, `value of ${name}`]);
	const config = readConfig(localSettings('http://127.0.0.1:4566', Object.fromEntries(outputs)));
	expect(config).toMatchObject({
		bucket: 'value of ShoplakeBucket',
		database: 'value of ShoplakeDatabase',
		workgroup: 'value of ShoplakeWorkgroup',
		crawler: 'value of ShoplakeLandingCrawler',
		categoryKpisTable: 'value of ShoplakeCategoryKpisTable',
		orderKpisTable: 'value of ShoplakeOrderKpisTable',
		productsTable: 'value of ShoplakeProductsTable',
	});
});

test('the template names no account and no region, and asks for no roles of a bootstrap', () => {
	expect(JSON.stringify(template.toJSON())).not.toMatch(/\d{12}|us-east-1|cdk-bootstrap|BootstrapVersion/);
});
