import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { NodeFunction } from '../../../infra/tasks/node-function';
import { listGrants } from '../support/grants';
import { makeApp } from '../support/synth';

const stack = new Stack(makeApp(), 'Functions');
new NodeFunction(stack, 'Transform', {
	handler: 'tasks/lambdas/transform-orders.ts',
	description: 'Transforms changes of OrderTable to lines of Bronze',
	timeout: Duration.minutes(1),
	memoryMiB: 256,
	environment: { GREETING: 'hello' },
});

test('a function runs its handler, may write its own log and nothing else', () => {
	const template = Template.fromStack(stack);
	template.hasResourceProperties('AWS::Lambda::Function', {
		Handler: 'index.handler',
		Runtime: 'nodejs24.x',
		Architectures: ['arm64'],
		MemorySize: 256,
		Timeout: 60,
		Environment: { Variables: { GREETING: 'hello' } },
	});
	expect(listGrants(template, 'TransformRole')).toEqual([
		{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['TransformLog'] },
	]);
	template.resourceCountIs('AWS::Lambda::Function', 1);
});

test('a function passes the AWS Solutions checks', () => {
	expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).toEqual([]);
});
