import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { listPrefixes } from '../../tasks/lake/layout';
import { makeApp, makeStack } from './support/synth';

function listViolations(stack: Stack) {
	const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
	return violations.map(({ ruleName, violatingResources }) => ({
		rule: ruleName,
		resources: violatingResources.map(({ resourceLogicalId }) => resourceLogicalId),
	}));
}

test('the stack passes the AWS Solutions checks, except those that it acknowledges with a reason', () => {
	expect(listViolations(makeStack())).toEqual([]);
});

test('the stack with interface endpoints passes the AWS Solutions checks', () => {
	expect(listViolations(makeStack({ interfaceEndpoints: true }))).toEqual([]);
});

test('a role with every grant passes the AWS Solutions checks', () => {
	const stack = makeStack();
	const role = new Role(stack, 'Task', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
	stack.lake.grantWrite(role, ...listPrefixes());
	stack.lake.grantDelete(role, 'gold/');
	stack.catalog.grantReadWrite(role);
	stack.queries.grantQuery(role);
	expect(listViolations(stack)).toEqual([]);
});

test('the checks find a bucket without these settings', () => {
	const stack = new Stack(makeApp(), 'Careless');
	new Bucket(stack, 'Open');
	expect(listViolations(stack).map(({ rule }) => rule)).toEqual(
		expect.arrayContaining(['AwsSolutions-S1', 'AwsSolutions-S10']),
	);
});
