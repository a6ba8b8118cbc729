import { Match } from 'aws-cdk-lib/assertions';
import { statementsFor } from '../support/granted';
import { listGrants } from '../support/grants';
import { synthesize } from '../support/synth';

const template = synthesize();

test('the catalog has the database that users type, and no tables: crawl creates those', () => {
	template.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'ecommerce_analytics_db' } });
	template.resourceCountIs('AWS::Glue::Table', 0);
});

test('the crawler has no schedule, reads the landing zone and prefixes its tables', () => {
	const [crawler] = Object.values(template.findResources('AWS::Glue::Crawler'));
	expect(crawler?.Properties).toMatchObject({ DatabaseName: 'ecommerce_analytics_db', TablePrefix: 'landing_' });
	const [{ Path, Exclusions }, ...others] = crawler?.Properties.Targets.S3Targets ?? [];
	expect([JSON.stringify(Path), others]).toEqual([expect.stringContaining('"/landing/"'), []]);
	// The objects that announce a batch are empty, and no records.
	expect(Exclusions).toEqual(['**/_*', '**/.*']);
	expect(crawler?.Properties).not.toHaveProperty('Schedule');
});

test('the crawler’s role is for Glue in this account, and allows only reading landing/ and writing landing_ tables', () => {
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

test('a grant to read the catalog allows no changes; a grant to write does', () => {
	const changes = /Create|Update|Delete/;
	expect(JSON.stringify(statementsFor(({ catalog }, role) => catalog.grantRead(role)))).not.toMatch(changes);
	const [write] = statementsFor(({ catalog }, role) => catalog.grantReadWrite(role));
	expect(write?.actions).toEqual(expect.arrayContaining(['glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable']));
	expect(write?.on).toEqual([
		'arn:AWS::Partition:glue:AWS::Region:AWS::AccountId:catalog',
		'arn:AWS::Partition:glue:AWS::Region:AWS::AccountId:database/ecommerce_analytics_db',
		'arn:AWS::Partition:glue:AWS::Region:AWS::AccountId:table/ecommerce_analytics_db/*',
	]);
});
