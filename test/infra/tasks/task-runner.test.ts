import { readFile } from 'node:fs/promises';
import { type StepName, stepNames, stepResourceName, taskSteps } from '../../../infra/tasks/task-steps';
import { readConfig } from '../../../tasks/platform/config';
import { listGrants } from '../support/grants';
import { grantEach, stepId, summarizeGrants } from '../support/summarize-grants';
import { synthesize } from '../support/synth';

const template = synthesize();

interface Definition {
	readonly ContainerDefinitions: readonly [
		{
			readonly Environment: readonly { Name: string; Value: unknown }[];
			readonly User: string;
		},
	];
}
const stepDefinition = (step: string): Definition =>
	Object.values(
		template.findResources('AWS::ECS::TaskDefinition', {
			Properties: { Family: `shoplake-${stepResourceName(step as StepName)}` },
		}),
	)[0]?.Properties;

describe.each(stepNames)('the task definition of %s', (step) => {
	test('has a size that Fargate supports and its own role', () => {
		const { cpu, memoryMiB } = taskSteps[step];
		expect(stepDefinition(step)).toMatchObject({
			Cpu: String(cpu),
			Memory: String(memoryMiB),
			NetworkMode: 'awsvpc',
			RequiresCompatibilities: ['FARGATE'],
			TaskRoleArn: { 'Fn::GetAtt': [expect.stringMatching(`^Tasks${stepId(step)}Role`), 'Arn'] },
		});
		expect({ 256: [512, 1024, 2048], 512: [1024, 2048, 4096], 1024: [2048, 4096, 8192] }[cpu]).toContain(memoryMiB);
	});

	test('restricts the container: read-only, unprivileged, writable only in scratch', async () => {
		const [container] = stepDefinition(step).ContainerDefinitions;
		expect(container).toMatchObject({
			Name: 'shoplake',
			ReadonlyRootFilesystem: true,
			LinuxParameters: { InitProcessEnabled: true },
			StopTimeout: 30,
			MountPoints: [{ ContainerPath: '/scratch', ReadOnly: false, SourceVolume: 'scratch' }],
			LogConfiguration: {
				LogDriver: 'awslogs',
				Options: { 'awslogs-stream-prefix': stepResourceName(step), mode: 'blocking' },
			},
		});
		expect(container).not.toHaveProperty('Privileged');
		expect(await readFile('docker/Dockerfile', 'utf8')).toContain(`\nUSER ${container.User}\n`);
	});

	test('gives the task all its settings', () => {
		const [{ Environment }] = stepDefinition(step).ContainerDefinitions;
		const values = Environment.map(({ Name, Value }) => [
			Name,
			typeof Value === 'string' ? Value : 'known on deployment',
		]);
		const config = readConfig(Object.fromEntries(values));
		expect(config).toMatchObject({
			bucket: 'known on deployment',
			crawler: 'known on deployment',
			workgroup: 'shoplake',
			memory: taskSteps[step].memoryMiB * 1024 ** 2,
			mirror: false,
		});
	});

	test('sets exactly the settings that Airflow does not pass on', async () => {
		const [{ Environment }] = stepDefinition(step).ContainerDefinitions;
		const python = await readFile('dags/shoplake_airflow/environment.py', 'utf8');
		const [, names = ''] = /^_SET_BY_TASK_DEFINITION = \{([^}]*)\}/m.exec(python) ?? [];
		expect(Environment.map(({ Name }) => Name).sort()).toEqual([...names.matchAll(/\w+/g)].map(String).sort());
	});
});

test('the image is the one that the deployment names; before the first one, a tag that no image has', () => {
	const images = Object.values(template.findResources('AWS::ECS::TaskDefinition')).map(
		({ Properties }) => Properties.ContainerDefinitions[0].Image,
	);
	expect(images).toHaveLength(stepNames.length);
	for (const image of images) {
		const [condition, named, none] = image['Fn::If'];
		expect(template.toJSON().Conditions[condition]).toEqual({
			'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'TaskImage' }, ''] }],
		});
		expect(named).toEqual({ Ref: 'TaskImage' });
		expect(JSON.stringify(none)).toMatch(/TasksRepository.*:none-deployed-yet/);
	}
	template.hasParameter('TaskImage', { Default: '' });
});

test('a tag never moves, and only the number of newer images makes one expire, never its age', () => {
	const [repository] = Object.values(template.findResources('AWS::ECR::Repository'));
	expect(repository?.Properties.ImageTagMutability).toBe('IMMUTABLE');
	const { rules } = JSON.parse(repository?.Properties.LifecyclePolicy.LifecyclePolicyText);
	expect(rules.map(({ selection }: { selection: unknown }) => selection)).toEqual([
		{ tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 50 },
	]);
});

test('roles can be assumed only by tasks in this account', () => {
	const roles = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) => id.startsWith('Tasks'));
	expect(roles).toHaveLength(stepNames.length + 1);
	for (const [, { Properties }] of roles) {
		expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
			{
				Action: 'sts:AssumeRole',
				Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
				Effect: 'Allow',
				Principal: { Service: 'ecs-tasks.amazonaws.com' },
			},
		]);
		expect(Properties).not.toHaveProperty('ManagedPolicyArns');
	}
});

test('the execution role may pull the image, write the log and nothing else', () => {
	expect(summarizeGrants(listGrants(template, 'TasksExecutionRole'))).toEqual({
		...grantEach(
			['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
			['TasksRepository'],
		),
		'ecr:GetAuthorizationToken': ['*'],
		...grantEach(['logs:CreateLogStream', 'logs:PutLogEvents'], ['TasksLog']),
	});
});
