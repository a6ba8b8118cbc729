import { Validations } from 'aws-cdk-lib';
import {
	GatewayVpcEndpointAwsService,
	InterfaceVpcEndpointAwsService,
	IpAddresses,
	type IVpc,
	Peer,
	Port,
	SecurityGroup,
	SubnetType,
	Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** The services that tasks and Fargate itself use, beyond S3 and DynamoDB. */
const privateServices = {
	Registry: InterfaceVpcEndpointAwsService.ECR,
	RegistryLayers: InterfaceVpcEndpointAwsService.ECR_DOCKER,
	Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
	Glue: InterfaceVpcEndpointAwsService.GLUE,
	Athena: InterfaceVpcEndpointAwsService.ATHENA,
	Alerts: InterfaceVpcEndpointAwsService.SNS,
	Metrics: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
	Queues: InterfaceVpcEndpointAwsService.SQS,
};
const zones = 2;
/** Used by tasks and endpoints only. */
const addresses = '10.0.0.0/16';

/**
 * Where tasks run: public subnets without inbound traffic, so that no NAT gateway is needed. S3 and DynamoDB are reached
 * by gateway endpoints, which are free.
 *
 * @example
 * const network = new Network(this, 'Network', { interfaceEndpoints: false });
 * const awsvpc = { subnets: network.subnetIds, securityGroups: [network.tasks.securityGroupId] };
 */
export class Network extends Construct {
	readonly vpc: IVpc;
	/** Of the tasks: no inbound traffic, only HTTPS outbound. */
	readonly tasks: SecurityGroup;
	/** One in each of two zones. */
	readonly subnetIds: string[];
	/**
	 * Whether tasks get a public address, as ECS spells it: without interface endpoints it is the only way to reach the
	 * services of AWS.
	 */
	readonly publicIp: 'ENABLED' | 'DISABLED';

	/**
	 * `interfaceEndpoints` keeps the traffic to all other services of AWS inside the network too; they cost by the hour,
	 * see docs/aws.md.
	 */
	constructor(scope: Construct, id: string, { interfaceEndpoints }: { readonly interfaceEndpoints: boolean }) {
		super(scope, id);
		const vpc = new Vpc(this, 'Vpc', {
			ipAddresses: IpAddresses.cidr(addresses),
			maxAzs: zones,
			natGateways: 0,
			subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
			gatewayEndpoints: {
				S3: { service: GatewayVpcEndpointAwsService.S3 },
				DynamoDB: { service: GatewayVpcEndpointAwsService.DYNAMODB },
			},
		});
		this.vpc = vpc as IVpc;
		this.tasks = new SecurityGroup(this, 'Tasks', {
			vpc: this.vpc,
			description: 'Tasks of shoplake: nothing comes in, HTTPS goes out',
			allowAllOutbound: false,
		});
		this.tasks.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'The services of AWS');
		this.subnetIds = this.vpc.publicSubnets.map(({ subnetId }) => subnetId);
		this.publicIp = interfaceEndpoints ? 'DISABLED' : 'ENABLED';
		if (interfaceEndpoints) this.addInterfaceEndpoints();
		Validations.of(vpc).acknowledge({
			id: 'AwsSolutions-VPC7',
			reason:
				'Nothing listens in this network, and CloudTrail records what tasks do at the services of AWS; flow logs would cost by the gigabyte of data that tasks move.',
		});
	}

	private addInterfaceEndpoints(): void {
		const endpoints = new SecurityGroup(this, 'Endpoints', {
			vpc: this.vpc,
			description: 'Endpoints of AWS services: HTTPS comes in from tasks',
			allowAllOutbound: false,
		});
		endpoints.addIngressRule(Peer.ipv4(addresses), Port.HTTPS, 'Tasks');
		for (const [name, service] of Object.entries(privateServices)) {
			this.vpc.addInterfaceEndpoint(name, { service, securityGroups: [endpoints], open: false });
		}
	}
}
