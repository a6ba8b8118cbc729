import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LakeStorage } from '../../infra/storage/lake-storage';
import type { Lakehouse } from '../../infra/tasks/task-step';
import { type StepName, taskSteps } from '../../infra/tasks/task-steps';
import { type LakeLayout, lakeLayout, lakeTable } from '../../tasks/lake/layout';
import { listGrants } from './support/grants';
import { makeApp } from './support/synth';

// The template is validated by the tests of the stack.
process.env.CDK_VALIDATION = 'false';

/** The lake with a further table in a layer of its own, written by `clean`, and a further stream. */
const wider: LakeLayout = {
	...lakeLayout,
	deliveries: [...lakeLayout.deliveries, 'bronze/live_returns/'],
	tables: [...lakeLayout.tables, lakeTable('forecasts_daily', 'clean')],
};

function stackWith(layout: LakeLayout) {
	const stack = new Stack(makeApp(), 'Layout');
	return { stack, lake: new LakeStorage(stack, 'Lake', { layout }) };
}

/** What a step may do with objects under a prefix: actions, with a `-` where they are denied. */
function rightsOn(prefix: string, step: StepName, layout: LakeLayout): string[] {
	const { stack, lake } = stackWith(layout);
	const role = new Role(stack, 'Step', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
	const none = () => undefined;
	const catalog = { grantRead: none, grantScratch: none, grantDropScratch: none };
	taskSteps[step].grant(role, { lake, catalog, engine: { grantQuery: none } } as unknown as Lakehouse);
	return listGrants(Template.fromStack(stack), 'Step')
		.filter(({ on }) => on.some((arn) => arn.endsWith(`/${prefix}*`)))
		.flatMap(({ actions, denied }) => actions.map((action) => `${denied ? '-' : ''}${action}`));
}

test('the role that writes a table may write where a table lies that is added to the declaration, and vacuum may delete there', () => {
	expect(rightsOn('forecasts/', 'clean', lakeLayout)).toEqual([]);
	expect(rightsOn('forecasts/', 'clean', wider)).toEqual(['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload']);
	expect(rightsOn('forecasts/', 'aggregate', wider)).toEqual([]);
	expect(rightsOn('forecasts/', 'vacuum', lakeLayout)).toEqual([]);
	expect(rightsOn('forecasts/', 'vacuum', wider)).toEqual(['s3:DeleteObject']);
});

test('what a further stream delivers is not vacuum’s to delete, and expires', () => {
	expect(rightsOn('bronze/live_returns/', 'vacuum', lakeLayout)).toEqual([]);
	expect(rightsOn('bronze/live_returns/', 'vacuum', wider)).toEqual(['-s3:DeleteObject']);
	const rule = { Id: 'expire-live-returns', Prefix: 'bronze/live_returns/', ExpirationInDays: 30 };
	const rules = (layout: LakeLayout) =>
		Object.values(Template.fromStack(stackWith(layout).stack).findResources('AWS::S3::Bucket')).flatMap(
			({ Properties }) => Properties.LifecycleConfiguration.Rules as object[],
		);
	expect(rules(lakeLayout)).not.toContainEqual(expect.objectContaining(rule));
	expect(rules(wider)).toContainEqual(expect.objectContaining(rule));
});

test('parts of uploads that nobody completed are deleted after a day in both buckets', () => {
	const template = Template.fromStack(stackWith(lakeLayout).stack);
	template.resourcePropertiesCountIs(
		'AWS::S3::Bucket',
		{
			LifecycleConfiguration: {
				Rules: Match.arrayWith([
					Match.objectLike({ Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
				]),
			},
		},
		2,
	);
});
