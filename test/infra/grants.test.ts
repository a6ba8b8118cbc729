import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LakehouseStack } from '../../infra/lakehouse-stack';
import { listGrants } from './policies';

// The template is validated by the tests of the stack.
process.env.CDK_VALIDATION = 'false';

/** What a role gets by a grant. */
function statementsFor(grant: (stack: LakehouseStack, role: Role) => void) {
	const stack = new LakehouseStack(new App(), 'Shoplake');
	const role = new Role(stack, 'Somebody', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
	grant(stack, role);
	return listGrants(Template.fromStack(stack), 'Somebody');
}

test('to read some prefixes is to read and list these and nothing else', () => {
	expect(statementsFor(({ lake }, role) => lake.grantRead(role, 'silver/', '_heads/'))).toEqual([
		{ actions: ['s3:GetObject'], on: ['LakeBucket/silver/*', 'LakeBucket/_heads/*'] },
		{
			actions: ['s3:ListBucket'],
			on: ['LakeBucket'],
			where: { StringLikeIfExists: { 's3:prefix': ['silver/*', '_heads/*'] } },
		},
	]);
});

test('to write is to read and add, not to delete', () => {
	const statements = statementsFor(({ lake }, role) => lake.grantWrite(role, 'gold/'));
	expect(statements).toContainEqual({
		actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
		on: ['LakeBucket/gold/*'],
	});
	expect(JSON.stringify(statements)).not.toContain('Delete');
});

test('to delete is a grant of its own', () => {
	expect(statementsFor(({ lake }, role) => lake.grantDelete(role, 'gold/'))).toEqual([
		{ actions: ['s3:DeleteObject'], on: ['LakeBucket/gold/*'] },
	]);
});

test('who may delete batches may not delete what Firehose has delivered beside them', () => {
	expect(statementsFor(({ lake }, role) => lake.grantDelete(role, 'bronze/'))).toEqual([
		{ actions: ['s3:DeleteObject'], on: ['LakeBucket/bronze/*'] },
		{
			actions: ['s3:DeleteObject'],
			on: ['LakeBucket/bronze/live_events/*', 'LakeBucket/bronze/live_orders/*'],
			denied: true,
		},
	]);
});

test('reading the catalog changes nothing in it; crawl may', () => {
	const changes = /Create|Update|Delete/;
	expect(JSON.stringify(statementsFor(({ catalog }, role) => catalog.grantRead(role)))).not.toMatch(changes);
	const [crawl] = statementsFor(({ catalog }, role) => catalog.grantReadWrite(role));
	expect(crawl?.actions).toEqual(expect.arrayContaining(['glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable']));
	expect(crawl?.on).toEqual([
		'arn:AWS::Partition:glue:AWS::Region:AWS::AccountId:catalog',
		'arn:AWS::Partition:glue:AWS::Region:AWS::AccountId:database/ecommerce_analytics_db',
		'arn:AWS::Partition:glue:AWS::Region:AWS::AccountId:table/ecommerce_analytics_db/*',
	]);
});

test('queries run in the one workgroup and leave their results under results/', () => {
	expect(statementsFor(({ queries }, role) => queries.grantQuery(role))).toEqual([
		{
			actions: [
				'athena:StartQueryExecution',
				'athena:StopQueryExecution',
				'athena:GetQueryExecution',
				'athena:GetQueryResults',
				'athena:GetWorkGroup',
			],
			on: ['arn:AWS::Partition:athena:AWS::Region:AWS::AccountId:workgroup/shoplake'],
		},
		{ actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], on: ['LakeQueryResults/results/*'] },
		{ actions: ['s3:GetBucketLocation', 's3:ListBucket'], on: ['LakeQueryResults'] },
	]);
});
