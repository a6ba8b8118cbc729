import { readFile } from 'node:fs/promises';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../../infra/lakehouse-stack';
import { type StepName, stepNames, stepResourceName, taskSteps } from '../../infra/tasks/task-steps';
import { readConfig } from '../../tasks/platform/config';
import { type Grant, listGrants } from './policies';

// The template is validated by the tests of the stack.
process.env.CDK_VALIDATION = 'false';

const template = Template.fromStack(new LakehouseStack(new App(), 'Shoplake'));
const only = (type: string) => Object.values(template.findResources(type))[0]?.Properties;
const stepId = (step: string) => step.replace(/(^|[- ])./g, (start) => start.slice(-1).toUpperCase());

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

describe('the network', () => {
	let closed: Template;
	beforeAll(() => {
		closed = Template.fromStack(new LakehouseStack(new App(), 'Shoplake', { interfaceEndpoints: true }));
	}, 120_000);

	test('has two public subnets and nothing that costs by the hour', () => {
		template.resourceCountIs('AWS::EC2::Subnet', 2);
		template.resourceCountIs('AWS::EC2::NatGateway', 0);
		const endpoints = Object.values(template.findResources('AWS::EC2::VPCEndpoint'));
		expect(endpoints.map(({ Properties }) => Properties.VpcEndpointType)).toEqual(['Gateway', 'Gateway']);
		for (const { Properties } of Object.values(template.findResources('AWS::EC2::Subnet'))) {
			expect(Properties.MapPublicIpOnLaunch).toBe(false);
		}
	});

	test('lets HTTPS out of tasks, and nothing in', () => {
		template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
		template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
		expect(only('AWS::EC2::SecurityGroup')).toMatchObject({
			SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }],
		});
		expect(only('AWS::EC2::SecurityGroup')).not.toHaveProperty('SecurityGroupIngress');
	});

	test('has an endpoint for each further service where it is asked to, which only tasks reach', () => {
		closed.resourcePropertiesCountIs('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface' }, 8);
		closed.resourceCountIs('AWS::EC2::SecurityGroup', 2);
		closed.hasResourceProperties('AWS::EC2::SecurityGroup', {
			SecurityGroupIngress: [{ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }],
		});
		// Tasks then reach all services from inside.
		closed.hasOutput('ShoplakeTaskPublicIp', { Value: 'DISABLED' });
	});

	test('has an endpoint for every service that any step may use, where tasks have no public address', () => {
		const endpoints = JSON.stringify(closed.findResources('AWS::EC2::VPCEndpoint'));
		const policies = Object.entries(closed.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith('Tasks'));
		const actions = policies.flatMap(([, { Properties }]) =>
			Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
		);
		// The topic's key is used by SNS, not by tasks.
		const services = [...new Set(actions.map((action: string) => action.split(':')[0]))].filter(
			(name) => name !== 'kms',
		);
		expect(services.length).toBeGreaterThan(5);
		const endpointNames: Record<string, string> = { cloudwatch: 'monitoring', ecr: 'ecr.api' };
		for (const name of services) expect(endpoints).toMatch(new RegExp(`\\.${endpointNames[name as string] ?? name}"`));
	});

	test('gives tasks a public address where that is their only way out', () => {
		template.hasOutput('ShoplakeTaskPublicIp', { Value: 'ENABLED' });
	});
});

describe.each(stepNames)('the task definition of %s', (step) => {
	test('has its command, sizes that Fargate has, and a role of its own', () => {
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

	test('closes the container as far as it goes', async () => {
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

	test('tells the task all that it has to know', () => {
		const [{ Environment }] = stepDefinition(step).ContainerDefinitions;
		const values = Environment.map(({ Name, Value }) => [Name, typeof Value === 'string' ? Value : 'known later']);
		const config = readConfig(Object.fromEntries(values));
		expect(config).toMatchObject({
			bucket: 'known later',
			crawler: 'known later',
			workgroup: 'shoplake',
			memory: taskSteps[step].memoryMiB * 1024 ** 2,
			mirror: false,
		});
	});

	test('sets exactly the settings that Airflow leaves to it', async () => {
		const [{ Environment }] = stepDefinition(step).ContainerDefinitions;
		const python = await readFile('dags/shoplake_airflow/environment.py', 'utf8');
		const [, left = ''] = /^_SET_BY_TASK_DEFINITION = \{([^}]*)\}/m.exec(python) ?? [];
		expect(Environment.map(({ Name }) => Name).sort()).toEqual([...left.matchAll(/\w+/g)].map(String).sort());
	});
});

test('the image is what the deployment names, else the newest of the repository', () => {
	const images = Object.values(template.findResources('AWS::ECS::TaskDefinition')).map(
		({ Properties }) => Properties.ContainerDefinitions[0].Image,
	);
	expect(images).toHaveLength(stepNames.length);
	for (const image of images) {
		const [condition, named, newest] = image['Fn::If'];
		expect(template.toJSON().Conditions[condition]).toEqual({
			'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'TaskImage' }, ''] }],
		});
		expect(named).toEqual({ Ref: 'TaskImage' });
		expect(JSON.stringify(newest)).toMatch(/TasksRepository.*:latest/);
	}
	template.hasParameter('TaskImage', { Default: '' });
});

test('roles are for tasks of this account', () => {
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

const head = ['_heads/', '_hints/', '_manifests/'];
const describeDatabase = ['catalog', 'database/ecommerce_analytics_db'];
const tables = [...describeDatabase, 'table/ecommerce_analytics_db/*'];
const ofKind = (actions: readonly string[], on: readonly string[]) =>
	Object.fromEntries(actions.map((action) => [action, on]));

/** The queue, the files and their versions, bad rows, and quotes in the table. */
const consumesStocks = {
	...ofKind(
		[
			'sqs:ReceiveMessage',
			'sqs:ChangeMessageVisibility',
			'sqs:GetQueueUrl',
			'sqs:DeleteMessage',
			'sqs:GetQueueAttributes',
		],
		['MarketQueue'],
	),
	...ofKind(['s3:GetObject', 's3:GetObjectVersion'], ['MarketBucket/stocks/*']),
	's3:PutObject': ['MarketBucket/rejected/*'],
	...ofKind(['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'], ['ServingStockData']),
	...ofKind(['s3:ListBucket', 's3:ListBucketVersions'], ['MarketBucket']),
};

test.each<[string, Readonly<Record<string, readonly string[]>>]>([
	['generate', { read: ['landing/'], add: ['landing/'], delete: ['landing/'], list: ['landing/'] }],
	[
		'ingest',
		{
			read: ['landing/', ...head, 'bronze/', 'quarantine/', 'refused/'],
			add: [...head, 'bronze/', 'quarantine/', 'refused/'],
			list: ['landing/', ...head, 'bronze/', 'quarantine/', 'refused/'],
		},
	],
	[
		'clean',
		{
			read: ['bronze/', ...head, 'silver/', 'records/', 'keys/', 'orphans/'],
			add: [...head, 'silver/', 'records/', 'keys/', 'orphans/'],
			list: ['bronze/', ...head, 'silver/', 'records/', 'keys/', 'orphans/'],
		},
	],
	[
		'aggregate',
		{
			read: ['silver/', ...head, 'gold/', 'internal/'],
			add: [...head, 'gold/', 'internal/'],
			list: ['silver/', ...head, 'gold/', 'internal/'],
		},
	],
	[
		'crawl',
		{
			read: [...head, 'silver/', 'gold/'],
			list: [...head, 'silver/', 'gold/'],
			...ofKind(
				[
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
					'glue:CreateDatabase',
					'glue:DeleteTable',
					'glue:DeletePartition',
					'glue:BatchUpdatePartition',
				],
				tables,
			),
			'glue:StartCrawler': ['crawler/CatalogLandingCrawler'],
			'glue:GetCrawler': ['crawler/CatalogLandingCrawler'],
		},
	],
	[
		'load-kpis',
		{
			read: ['gold/', ...head],
			add: head,
			list: ['gold/', ...head],
			'dynamodb:BatchWriteItem': ['ServingCategoryKPIs', 'ServingOrderKPIs'],
			'dynamodb:Scan': ['ServingCategoryKPIs', 'ServingOrderKPIs', 'ServingProducts'],
			'dynamodb:UpdateItem': ['ServingProducts'],
		},
	],
	[
		'stream seal',
		{
			read: [...head, 'bronze/', 'quarantine/', 'internal/'],
			add: [...head, 'bronze/', 'quarantine/', 'internal/'],
			list: [...head, 'bronze/', 'quarantine/', 'internal/'],
		},
	],
	[
		'stream alarms',
		{
			read: ['gold/', ...head],
			add: head,
			list: ['gold/', ...head],
			'sns:Publish': ['AlertsTopic'],
			...ofKind(['kms:Decrypt', 'kms:GenerateDataKey'], ['AlertsKey']),
		},
	],
	[
		'stream replay',
		{
			read: ['processing-failed/', 'bronze/'],
			add: ['bronze/'],
			list: ['processing-failed/', 'bronze/'],
		},
	],
	['stocks generate', { 's3:PutObject': ['MarketBucket/stocks/*'] }],
	['stocks consume', consumesStocks],
	['status', { read: head, list: head }],
	[
		'vacuum',
		{
			read: head,
			add: head,
			list: [
				...head,
				'bronze/',
				'quarantine/',
				'refused/',
				'silver/',
				'gold/',
				'internal/',
				'serving/',
				'records/',
				'keys/',
				'orphans/',
				'_manifests/',
			],
			delete: [
				'bronze/',
				'quarantine/',
				'refused/',
				'silver/',
				'gold/',
				'internal/',
				'serving/',
				'records/',
				'keys/',
				'orphans/',
				'_manifests/',
			],
			'not delete': ['bronze/live_events/', 'bronze/live_orders/'],
			...ofKind(
				[
					'glue:GetDatabase',
					'glue:GetTable',
					'glue:GetTables',
					'glue:GetPartition',
					'glue:GetPartitions',
					'glue:BatchGetPartition',
				],
				tables,
			),
		},
	],
	[
		'doctor',
		{
			read: ['_heads/', '_manifests/', '_hints/'],
			add: ['_hints/'],
			list: ['_heads/', '_manifests/', '_hints/'],
			'glue:GetDatabase': describeDatabase,
			'glue:GetCrawler': ['crawler/CatalogLandingCrawler'],
			'dynamodb:DescribeTable': ['ServingCategoryKPIs', 'ServingOrderKPIs', 'ServingProducts'],
			'athena:GetWorkGroup': ['workgroup/shoplake'],
		},
	],
	[
		'filedrop gate',
		{
			'read versions': ['incoming/'],
			'list versions': ['incoming/'],
			read: ['incoming/', 'processed/'],
			add: ['incoming/'],
			delete: ['incoming/'],
			list: ['incoming/', 'processed/'],
		},
	],
	['filedrop lock', { read: ['incoming/'], add: ['incoming/'], list: ['incoming/'] }],
	[
		'filedrop validate',
		{
			'read versions': ['incoming/'],
			'list versions': ['incoming/'],
			read: ['processed/', ...head, 'silver/', 'keys/', 'incoming/', 'landing/', 'rejected/', 'refused/'],
			add: ['incoming/', 'landing/', 'rejected/', 'refused/'],
			delete: ['incoming/', 'landing/'],
			list: ['processed/', ...head, 'silver/', 'keys/', 'incoming/', 'landing/', 'rejected/', 'refused/'],
		},
	],
	[
		'filedrop archive',
		{
			'read versions': ['incoming/'],
			'list versions': ['incoming/'],
			read: [...head, 'incoming/', 'processed/', 'rejected/'],
			add: ['incoming/', 'processed/', 'rejected/'],
			delete: ['incoming/', 'landing/'],
			list: [...head, 'landing/', 'incoming/', 'processed/', 'rejected/'],
		},
	],
	['filedrop unlock', { read: ['incoming/'], delete: ['incoming/'], list: ['incoming/'] }],
	[
		'filedrop notify',
		{
			read: ['incoming/', 'rejected/'],
			add: ['incoming/'],
			list: ['incoming/', 'rejected/'],
			'sns:Publish': ['AlertsTopic'],
			...ofKind(['kms:Decrypt', 'kms:GenerateDataKey'], ['AlertsKey']),
			'cloudwatch:PutMetricData': ['*'],
		},
	],
])('%s may do this, and nothing else', (step, may) => {
	expect(summary(listGrants(template, `Tasks${stepId(step)}Role`))).toEqual(may);
});

test('what starts a task fetches its image and writes its log, and nothing else', () => {
	expect(summary(listGrants(template, 'TasksExecutionRole'))).toEqual({
		...ofKind(
			['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
			['TasksRepository'],
		),
		'ecr:GetAuthorizationToken': ['*'],
		...ofKind(['logs:CreateLogStream', 'logs:PutLogEvents'], ['TasksLog']),
	});
});

test('Airflow runs and watches tasks, passes on their roles only, and reads no data', () => {
	const grants = listGrants(template, 'AirflowPolicy');
	expect(summary(grants)).toEqual({
		'ecs:RunTask': stepNames.map((step) => `task-definition/shoplake-${stepResourceName(step)}:*`),
		...ofKind(['ecs:StopTask', 'ecs:DescribeTasks'], ['task/TasksCluster/*']),
		'ecs:ListTasks': ['*'],
		'iam:PassRole': ['TasksExecutionRole', ...stepNames.map((step) => `Tasks${stepId(step)}Role`)],
		'logs:GetLogEvents': ['log-group:TasksLog:log-stream:*'],
		'sns:Publish': ['AlertsTopic'],
		...ofKind(['kms:Decrypt', 'kms:GenerateDataKey'], ['AlertsKey']),
		...ofKind(
			[
				'sqs:ReceiveMessage',
				'sqs:ChangeMessageVisibility',
				'sqs:GetQueueUrl',
				'sqs:DeleteMessage',
				'sqs:GetQueueAttributes',
			],
			['LandingQueue', 'FileDropQueue'],
		),
	});
	const conditions = (action: string) => grants.find(({ actions }) => actions.includes(action))?.where;
	const inCluster = { ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [expect.stringMatching('^TasksCluster'), 'Arn'] } } };
	for (const action of ['ecs:RunTask', 'ecs:StopTask', 'ecs:DescribeTasks', 'ecs:ListTasks']) {
		expect(conditions(action)).toEqual(inCluster);
	}
	expect(conditions('iam:PassRole')).toEqual({
		StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
	});
});

/** What may be done with what: by action, but for the lake, where it is by prefix. */
function summary(grants: readonly Grant[]): Record<string, string[]> {
	const may: Record<string, string[]> = {};
	const add = (action: string, on: readonly string[]) => {
		may[action] = [...(may[action] ?? []), ...on];
	};
	const short: Readonly<Record<string, string>> = {
		's3:GetObject': 'read',
		's3:PutObject': 'add',
		's3:DeleteObject': 'delete',
		's3:GetObjectVersion': 'read versions',
	};
	const isOfLake = (on: readonly string[]) => on.every((arn) => arn.startsWith('LakeBucket'));
	for (const { actions, on, where, denied } of grants) {
		for (const action of actions) {
			if ((action === 's3:ListBucket' || action === 's3:ListBucketVersions') && isOfLake(on)) {
				const [limits] = Object.values(where as Record<string, { 's3:prefix': string[] }>);
				add(
					action === 's3:ListBucket' ? 'list' : 'list versions',
					(limits?.['s3:prefix'] ?? []).map((prefix) => prefix.replace('*', '')),
				);
			} else if (action !== 's3:AbortMultipartUpload') {
				add(
					`${denied ? 'not ' : ''}${(isOfLake(on) && short[action]) || action}`,
					on.map((arn) =>
						arn.replace(/^LakeBucket\/(.*)\*$/, '$1').replace(/^arn:AWS::Partition:.*?AWS::AccountId:/, ''),
					),
				);
			}
		}
	}
	return may;
}
