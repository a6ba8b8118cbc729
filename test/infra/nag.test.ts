import { App, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { LakehouseStack } from '../../infra/lakehouse-stack';
import { listPrefixes } from '../../tasks/lake/layout';

function violationsIn(stack: Stack) {
	const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
	return violations.map(({ ruleName, violatingResources }) => ({
		rule: ruleName,
		resources: violatingResources.map(({ resourceLogicalId }) => resourceLogicalId),
	}));
}

test('the stack keeps the rules of AWS Solutions, but for those that it acknowledges with a reason', () => {
	expect(violationsIn(new LakehouseStack(new App(), 'Shoplake'))).toEqual([]);
});

test('so does the stack with interface endpoints', () => {
	expect(violationsIn(new LakehouseStack(new App(), 'Shoplake', { interfaceEndpoints: true }))).toEqual([]);
});

test('and a role that has every grant', () => {
	const stack = new LakehouseStack(new App(), 'Shoplake');
	const role = new Role(stack, 'Task', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
	stack.lake.grantWrite(role, ...listPrefixes());
	stack.lake.grantDelete(role, 'gold/');
	stack.catalog.grantReadWrite(role);
	stack.queries.grantQuery(role);
	expect(violationsIn(stack)).toEqual([]);
});

test('a bucket without these settings would be found', () => {
	const stack = new Stack(new App(), 'Careless');
	new Bucket(stack, 'Open');
	expect(violationsIn(stack).map(({ rule }) => rule)).toEqual(
		expect.arrayContaining(['AwsSolutions-S1', 'AwsSolutions-S10']),
	);
});
