import { synthesize } from '../support/synth';

const template = synthesize();
const withEndpoints = synthesize({ interfaceEndpoints: true });

test('the network has two public subnets and nothing that costs by the hour', () => {
	template.resourceCountIs('AWS::EC2::Subnet', 2);
	template.resourceCountIs('AWS::EC2::NatGateway', 0);
	const endpoints = Object.values(template.findResources('AWS::EC2::VPCEndpoint'));
	expect(endpoints.map(({ Properties }) => Properties.VpcEndpointType)).toEqual(['Gateway', 'Gateway']);
	for (const { Properties } of Object.values(template.findResources('AWS::EC2::Subnet'))) {
		expect(Properties.MapPublicIpOnLaunch).toBe(false);
	}
});

test('tasks have outbound HTTPS and no inbound traffic', () => {
	template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
	template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
	const [securityGroup] = Object.values(template.findResources('AWS::EC2::SecurityGroup')).map(
		({ Properties }) => Properties,
	);
	expect(securityGroup).toMatchObject({
		SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }],
	});
	expect(securityGroup).not.toHaveProperty('SecurityGroupIngress');
});

test('interface endpoints for all other services, which only tasks reach, are optional', () => {
	withEndpoints.resourcePropertiesCountIs('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface' }, 8);
	withEndpoints.resourceCountIs('AWS::EC2::SecurityGroup', 2);
	withEndpoints.hasResourceProperties('AWS::EC2::SecurityGroup', {
		SecurityGroupIngress: [{ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }],
	});
	// Tasks then reach all services within the network.
	withEndpoints.hasOutput('ShoplakeTaskPublicIp', { Value: 'DISABLED' });
});

test('without public addresses there is an endpoint for every service that any step may use', () => {
	const endpoints = JSON.stringify(withEndpoints.findResources('AWS::EC2::VPCEndpoint'));
	const policies = Object.entries(withEndpoints.findResources('AWS::IAM::Policy')).filter(([id]) =>
		id.startsWith('Tasks'),
	);
	const actions = policies.flatMap(([, { Properties }]) =>
		Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
	);
	// SNS uses the topic's key, not the tasks.
	const services = [...new Set(actions.map((action: string) => action.split(':')[0]))].filter((name) => name !== 'kms');
	expect(services.length).toBeGreaterThan(5);
	const endpointNames: Record<string, string> = { cloudwatch: 'monitoring', ecr: 'ecr.api' };
	for (const name of services) expect(endpoints).toMatch(new RegExp(`\\.${endpointNames[name as string] ?? name}"`));
});

test('without interface endpoints tasks get a public address', () => {
	template.hasOutput('ShoplakeTaskPublicIp', { Value: 'ENABLED' });
});
