import { Aws, CfnCondition, Duration, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Repository, TagMutability } from 'aws-cdk-lib/aws-ecr';
import {
	AwsLogDriverMode,
	Cluster,
	ContainerImage,
	FargateTaskDefinition,
	LinuxParameters,
	LogDrivers,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { prefixes } from '../../tasks/lake/layout';
import { stackParameter } from '../stack-parameter';
import type { Network } from './network';
import { allow, type PolicyHolder } from './policy-holder';
import type { Lakehouse } from './task-step';
import { airflowStepNames, type StepName, stepNames, stepResourceName, taskSteps } from './task-steps';
import { acknowledgeWildcards } from './wildcards';

/** The user of the task image, as in docker/Dockerfile. */
const imageUser = '10001:10001';
const scratch = '/scratch';
/** One can return to so many releases. */
const imagesKept = 50;

/**
 * Where tasks run as Fargate containers: a task definition per step, each with its own role. A caller that runs a step
 * overrides only the command line.
 *
 * @example
 * const runner = new TaskRunner(this, 'Tasks', { lakehouse: this, network, environment: { SHOPLAKE_BUCKET: … }, logRetention });
 * // aws ecs run-task --task-definition shoplake-clean --overrides '{"containerOverrides":[{"name":"shoplake","command":["clean","--batch","2026-11-20"]}]}' …
 */
export class TaskRunner extends Construct {
	/** The family of the step `filedrop gate` is `shoplake-filedrop-gate`. Fixed, because operators type it. */
	readonly family = 'shoplake';
	/** The container in each task. */
	readonly containerName = 'shoplake';
	readonly cluster: Cluster;
	/** The repository of the task image. */
	readonly repository: Repository;
	/** The log of the tasks; the streams of the step `clean` begin with `clean/`. */
	readonly logGroup: LogGroup;
	/** What each step may do. */
	readonly taskRoles: Readonly<Record<StepName, Role>>;
	readonly definitions: Readonly<Record<StepName, FargateTaskDefinition>>;
	/** What Fargate may do to start a task: pull the image, write the log. */
	readonly executionRole: Role;
	/** The path of the roles that Airflow may give to tasks by its general policy; no other role has it. */
	readonly airflowPath = `/shoplake/${Aws.REGION}/airflow/`;

	constructor(
		scope: Construct,
		id: string,
		props: {
			readonly lakehouse: Lakehouse;
			readonly network: Network;
			/** The settings of the tasks, besides their limits. */
			readonly environment: Readonly<Record<string, string>>;
			readonly logRetention: RetentionDays;
		},
	) {
		super(scope, id);
		this.cluster = this.createCluster(props.network);
		this.repository = this.createRepository();
		this.logGroup = new LogGroup(this, 'Log', {
			retention: props.logRetention,
			removalPolicy: RemovalPolicy.DESTROY,
		});
		this.executionRole = this.createTaskRole('ExecutionRole', 'Starts the tasks of shoplake', this.airflowPath);
		this.repository.grantPull(this.executionRole);
		acknowledgeWildcards(this.executionRole, ['*'], 'A registry token is not specific to one repository.');
		const image = this.taskImage();
		const tasks = stepNames.map((step) => [step, this.defineTask(step, image, props)] as const);
		const ofEach = <T>(part: (task: (typeof tasks)[number][1]) => T) =>
			Object.fromEntries(tasks.map(([step, task]) => [step, part(task)])) as Record<StepName, T>;
		this.taskRoles = ofEach(({ role }) => role);
		this.definitions = ofEach(({ definition }) => definition);
	}

	/** Allows to start tasks with the tags of their definition, by which the bill can be split. */
	grantTagTasks(holder: PolicyHolder): void {
		const tasks = Stack.of(this).formatArn({
			service: 'ecs',
			resource: 'task',
			resourceName: `${this.cluster.clusterName}/*`,
		});
		const conditions = { StringEquals: { 'ecs:CreateAction': 'RunTask' } };
		allow(holder, { actions: ['ecs:TagResource'], resources: [tasks], conditions });
		acknowledgeWildcards(holder, [tasks], 'ECS names the tasks.');
	}

	private defineTask(
		step: StepName,
		image: ContainerImage,
		{ lakehouse, environment }: { lakehouse: Lakehouse; environment: Readonly<Record<string, string>> },
	): { readonly role: Role; readonly definition: FargateTaskDefinition } {
		const { cpu, memoryMiB, grant } = taskSteps[step];
		const id = stepResourceName(step).replace(/(^|-)./g, (start) => start.slice(-1).toUpperCase());
		const isForAirflow = (airflowStepNames as readonly StepName[]).includes(step);
		const path = isForAirflow ? this.airflowPath : undefined;
		const taskRole = this.createTaskRole(`${id}Role`, `What 'shoplake ${step}' may do`, path);
		grant(taskRole, lakehouse);
		lakehouse.lake.grantAdd(taskRole, prefixes.costs);
		const definition = new FargateTaskDefinition(this, id, {
			family: `${this.family}-${stepResourceName(step)}`,
			cpu,
			memoryLimitMiB: memoryMiB,
			taskRole,
			executionRole: this.executionRole,
			volumes: [{ name: 'scratch' }],
		});
		definition
			.addContainer(this.containerName, {
				image,
				command: [...step.split(' '), '--help'],
				user: imageUser,
				readonlyRootFilesystem: true,
				linuxParameters: new LinuxParameters(this, `${id}Linux`, { initProcessEnabled: true }),
				stopTimeout: Duration.seconds(30),
				environment: { ...environment, AWS_REGION: Aws.REGION, SHOPLAKE_MEMORY: `${memoryMiB}MiB` },
				// The last line is the task's result, so the task waits for the log rather than dropping lines.
				logging: LogDrivers.awsLogs({
					logGroup: this.logGroup,
					streamPrefix: stepResourceName(step),
					mode: AwsLogDriverMode.BLOCKING,
				}),
			})
			.addMountPoints({ sourceVolume: 'scratch', containerPath: scratch, readOnly: false });
		Validations.of(definition).acknowledge({
			id: 'AwsSolutions-ECS2',
			reason: 'The variables are resource names and limits; none is a secret.',
		});
		return { role: taskRole, definition };
	}

	/** A role that ECS can assume only for tasks in this account. */
	private createTaskRole(id: string, description: string, path?: string): Role {
		return new Role(this, id, {
			description,
			...(path === undefined ? {} : { path }),
			assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
				conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
			}),
		});
	}

	private createCluster({ vpc }: Network): Cluster {
		const cluster = new Cluster(this, 'Cluster', { vpc });
		Validations.of(cluster).acknowledge({
			id: 'AwsSolutions-ECS4',
			reason:
				'Container Insights bills metrics per task; each result line has the outcome, duration and volume of its task.',
		});
		return cluster;
	}

	private createRepository(): Repository {
		return new Repository(this, 'Repository', {
			imageScanOnPush: true,
			// An image is tagged with its git revision, and a task definition names it by digest.
			imageTagMutability: TagMutability.IMMUTABLE,
			removalPolicy: RemovalPolicy.DESTROY,
			emptyOnDelete: true,
			// By count and not by age: what is deployed may be old, and so may what one returns to.
			lifecycleRules: [{ description: 'All but the newest images', maxImageCount: imagesKept }],
		});
	}

	/** The image that the deployment names. The first deployment, which creates the repository, has none yet. */
	private taskImage(): ContainerImage {
		const image = stackParameter(this, 'TaskImage', {
			description: 'The image of the tasks, by its digest; empty until the first one is pushed',
			default: '',
		});
		const isNamed = new CfnCondition(this, 'HasTaskImage', {
			expression: Fn.conditionNot(Fn.conditionEquals(image, '')),
		});
		const none = this.repository.repositoryUriForTag('none-deployed-yet');
		return ContainerImage.fromRegistry(Fn.conditionIf(isNamed.logicalId, image.valueAsString, none).toString());
	}
}
