import { readFile } from 'node:fs/promises';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { makeStack, synthesize } from '../support/synth';

const stack = makeStack({ managedAirflow: true });
const template = Template.fromStack(stack);

test('Airflow on MWAA is off by default', () => {
	synthesize().resourceCountIs('AWS::MWAA::Environment', 0);
	synthesize().resourceCountIs('AWS::EC2::NatGateway', 0);
});

test('it has the oldest Airflow that the DAGs are tested with, in private subnets, with the DAGs and their settings', async () => {
	const [, oldest] =
		/^apache-airflow==(.*)$/m.exec(await readFile('test/dags/oldest-airflow-requirements.txt', 'utf8')) ?? [];
	template.hasResourceProperties('AWS::MWAA::Environment', {
		AirflowVersion: oldest,
		DagS3Path: 'dags',
		RequirementsS3Path: 'requirements.txt',
		StartupScriptS3Path: 'startup.sh',
		NetworkConfiguration: {
			SubnetIds: [{ Ref: Match.stringLikeRegexp('PrivateSubnet1') }, { Ref: Match.stringLikeRegexp('PrivateSubnet2') }],
		},
	});
});

test('its role may run the steps by the policies of Airflow, and does not reach the lake otherwise', () => {
	const [role] = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) =>
		id.startsWith('ManagedAirflowRole'),
	);
	expect(role?.[1].Properties.ManagedPolicyArns).toEqual([
		{ Ref: expect.stringMatching(/^AirflowPolicy/) },
		{ Ref: expect.stringMatching(/^AirflowMaintenancePolicy/) },
	]);
	const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
		id.startsWith('ManagedAirflowRole'),
	);
	expect(JSON.stringify(policies)).not.toContain('LakeBucket');
});

test('it passes the AWS Solutions checks, apart from what the CDK itself brings to copy files', () => {
	const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
	const found = violations.flatMap(({ ruleName, violatingResources }) =>
		violatingResources.map(({ constructPath = '' }) => `${ruleName} ${constructPath}`),
	);
	expect(found.filter((finding) => !finding.includes('/Custom::CDKBucketDeployment'))).toEqual([]);
});
