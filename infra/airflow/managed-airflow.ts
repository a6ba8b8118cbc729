import { join } from 'node:path';
import { CfnOutput, RemovalPolicy, ScopedAws, Stack, Validations } from 'aws-cdk-lib';
import { IpAddresses, type IVpc, Port, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { CompositePrincipal, type ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEnvironment } from 'aws-cdk-lib/aws-mwaa';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { closedBucket } from '../storage/lake-storage';
import { acknowledgeWildcards } from '../tasks/wildcards';

const program = join(import.meta.dirname, '..', '..');
/** The oldest Airflow that the DAGs support; MWAA is behind the newest. */
const airflowVersion = '3.0.6';
const environmentClass = 'mw1.small';
/** Does not overlap with the network of the tasks. */
const addresses = '10.1.0.0/16';

/**
 * Amazon's Airflow with the DAGs of shoplake, on ECS. Off by default, because it is billed by the hour. It has a network of
 * its own: MWAA needs private subnets and a NAT gateway.
 */
export class ManagedAirflow extends Construct {
	/** What Airflow itself may do, besides running the steps. */
	readonly role: Role;
	/** DAGs, requirements and the start-up script. */
	readonly bucket: Bucket;

	/** `policies` allow running the steps; `settings` are the outputs of the stack, as variables. */
	constructor(
		scope: Construct,
		id: string,
		{ policies, settings }: { readonly policies: ManagedPolicy[]; readonly settings: Readonly<Record<string, string>> },
	) {
		super(scope, id);
		const name = `${Stack.of(this).stackName}-airflow`;
		this.bucket = this.createBucket();
		const files = this.deployFiles(settings);
		this.role = this.createRole(name, policies);
		const { vpc, group } = this.createNetwork();
		const environment = new CfnEnvironment(this, 'Environment', {
			name,
			airflowVersion,
			environmentClass,
			sourceBucketArn: this.bucket.bucketArn,
			dagS3Path: 'dags',
			requirementsS3Path: 'requirements.txt',
			startupScriptS3Path: 'startup.sh',
			executionRoleArn: this.role.roleArn,
			webserverAccessMode: 'PUBLIC_ONLY',
			minWorkers: 1,
			maxWorkers: 2,
			networkConfiguration: {
				subnetIds: vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds,
				securityGroupIds: [group.securityGroupId],
			},
			loggingConfiguration: {
				dagProcessingLogs: { enabled: true, logLevel: 'WARNING' },
				schedulerLogs: { enabled: true, logLevel: 'WARNING' },
				taskLogs: { enabled: true, logLevel: 'INFO' },
				webserverLogs: { enabled: true, logLevel: 'WARNING' },
				workerLogs: { enabled: true, logLevel: 'WARNING' },
			},
		});
		// MWAA reads the files, and uses the role, when it creates the environment.
		environment.node.addDependency(...files, this.role);
		new CfnOutput(this, 'Webserver', {
			description: 'The pages of Airflow',
			value: `https://${environment.attrWebserverUrl}`,
		}).overrideLogicalId('ShoplakeAirflowPages');
	}

	private createBucket(): Bucket {
		const bucket = new Bucket(this, 'Bucket', {
			...closedBucket,
			versioned: true,
			removalPolicy: RemovalPolicy.DESTROY,
			autoDeleteObjects: true,
		});
		Validations.of(bucket).acknowledge({
			id: 'AwsSolutions-S1',
			reason: 'It holds public code that a deployment writes.',
		});
		return bucket;
	}

	/** Uploads the DAGs, their requirements, and a script that sets the variables of all of Airflow's processes. */
	private deployFiles(settings: Readonly<Record<string, string>>): BucketDeployment[] {
		const script = Object.entries({ SHOPLAKE_RUNTIME: 'ecs', ...settings }).map(
			([name, value]) => `export ${name}="${value}"\n`,
		);
		const destinationBucket = this.bucket as IBucket;
		return [
			new BucketDeployment(this, 'Dags', {
				destinationBucket,
				destinationKeyPrefix: 'dags',
				sources: [Source.asset(join(program, 'dags'), { exclude: ['**/__pycache__'] })],
			}),
			new BucketDeployment(this, 'Settings', {
				destinationBucket,
				sources: [
					Source.asset(join(program, 'infra', 'airflow'), { exclude: ['*.ts'] }),
					Source.data('startup.sh', `#!/bin/sh\n${script.join('')}`),
				],
				// The DAGs are in the same bucket.
				prune: false,
			}),
		];
	}

	/** What MWAA's documentation asks of an execution role, and the policies of the steps. */
	private createRole(name: string, managedPolicies: ManagedPolicy[]): Role {
		const role = new Role(this, 'Role', {
			description: 'Airflow of shoplake, on MWAA',
			assumedBy: new CompositePrincipal(
				new ServicePrincipal('airflow.amazonaws.com'),
				new ServicePrincipal('airflow-env.amazonaws.com'),
			),
			managedPolicies,
		});
		const { partition, region, accountId: account } = new ScopedAws(this);
		const arn = (rest: string) => `arn:${partition}:${rest}`;
		const logs = arn(`logs:${region}:${account}:log-group:airflow-${name}-*`);
		const workers = arn(`sqs:${region}:*:airflow-celery-*`);
		const objects = this.bucket.arnForObjects('*');
		const grants = [
			{ actions: ['airflow:PublishMetrics'], resources: [arn(`airflow:${region}:${account}:environment/${name}`)] },
			{ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: [objects] },
			{
				actions: ['s3:ListBucket', 's3:GetBucketLocation', 's3:GetBucketVersioning', 's3:GetBucketPublicAccessBlock'],
				resources: [this.bucket.bucketArn],
			},
			{
				actions: ['s3:GetAccountPublicAccessBlock', 'cloudwatch:PutMetricData', 'logs:DescribeLogGroups'],
				resources: ['*'],
			},
			{
				actions: [
					'CreateLogStream',
					'CreateLogGroup',
					'PutLogEvents',
					'GetLogEvents',
					'GetLogRecord',
					'GetLogGroupFields',
					'GetQueryResults',
				].map((action) => `logs:${action}`),
				resources: [logs],
			},
			{
				actions: [
					'ChangeMessageVisibility',
					'DeleteMessage',
					'GetQueueAttributes',
					'GetQueueUrl',
					'ReceiveMessage',
					'SendMessage',
				].map((action) => `sqs:${action}`),
				resources: [workers],
			},
		];
		for (const grant of grants) role.addToPolicy(new PolicyStatement(grant));
		// The queue is Amazon's own and encrypted by its key.
		role.addToPolicy(
			new PolicyStatement({
				actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey', 'kms:Encrypt'],
				notResources: [arn(`kms:*:${account}:key/*`)],
				conditions: { StringLike: { 'kms:ViaService': [`sqs.${region}.amazonaws.com`] } },
			}),
		);
		acknowledgeWildcards(role, [objects, logs, workers, '*'], 'As MWAA’s documentation asks of the role.');
		return role;
	}

	private createNetwork(): { readonly vpc: Vpc; readonly group: SecurityGroup } {
		const vpc = new Vpc(this, 'Vpc', { ipAddresses: IpAddresses.cidr(addresses), maxAzs: 2, natGateways: 1 });
		Validations.of(vpc).acknowledge({
			id: 'AwsSolutions-VPC7',
			reason: 'Flow logs would cost more than they tell here.',
		});
		const group = new SecurityGroup(this, 'Group', {
			vpc: vpc as IVpc,
			description: 'Airflow: its parts reach each other',
		});
		group.addIngressRule(group, Port.allTraffic());
		return { vpc, group };
	}
}
