import { protectionPolicy, statefulTypes } from '../../infra/stateful';
import { readRelease, releaseVersions, type Template } from '../support/release/fixture';
import { listLosses } from './support/list-losses';
import { synthesize } from './support/synth';

const today = synthesize().toJSON() as Template;

/** Changes of stateful resources since a recorded release that lose nothing, each with the reason. */
const explained: Readonly<Record<string, string>> = {
	'AlertsKey9E1197AF: DeletionPolicy Retain is Delete':
		'It encrypts only messages on their way; a key that stays costs $1 a month.',
	'AlertsKey9E1197AF: UpdateReplacePolicy Retain is Delete': 'As above.',
};

describe('an update in place from a recorded release', () => {
	test.each(releaseVersions)('keeps every stateful resource of %s', async (version) => {
		const { template } = await readRelease(version);
		expect(listLosses(template, today).filter((loss) => !Object.hasOwn(explained, loss))).toEqual([]);
	});

	test('has no explanation of a change that no release knows', async () => {
		const releases = await Promise.all(releaseVersions.map(readRelease));
		const losses = new Set(releases.flatMap(({ template }) => listLosses(template, today)));
		expect(Object.keys(explained).filter((loss) => !losses.has(loss))).toEqual([]);
	});

	test('names what would be lost', () => {
		const table = {
			Type: 'AWS::DynamoDB::Table',
			DeletionPolicy: 'Retain',
			Properties: { TableName: 'Orders', KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
		};
		const queue = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 30 } };
		const database = { Type: 'AWS::Glue::Database', Properties: { DatabaseInput: { Name: 'shop', Description: 'a' } } };
		const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: {} };
		const before = { Resources: { Table: table, Queue: queue, Database: database, Alarm: alarm } };
		const changed = (changes: object) => ({ Resources: { ...before.Resources, ...changes } }) as Template;
		expect(listLosses(before, before)).toEqual([]);
		expect(listLosses(before, { Resources: { Table: table, Database: database, Renamed: queue } })).toEqual([
			'Queue: AWS::SQS::Queue is missing',
		]);
		expect(listLosses(before, changed({ Queue: { ...alarm } }))).toEqual([
			'Queue: AWS::SQS::Queue is AWS::CloudWatch::Alarm',
		]);
		expect(listLosses(before, changed({ Queue: { ...queue, Condition: 'IsOn' } }))).toEqual([
			'Queue: Condition undefined is "IsOn"',
		]);
		const named = { ...table, DeletionPolicy: 'Delete', Properties: { ...table.Properties, TableName: 'Sales' } };
		expect(listLosses(before, changed({ Table: named }))).toEqual([
			'Table: TableName "Orders" is "Sales"',
			'Table: DeletionPolicy Retain is Delete',
		]);
		const described = { ...database, Properties: { DatabaseInput: { Name: 'shop', Description: 'b' } } };
		expect(listLosses(before, changed({ Database: described }))).toEqual([]);
		expect(listLosses(before, changed({ Queue: { ...queue, DeletionPolicy: 'Retain' } }))).toEqual([]);
		const slower = { ...queue, Properties: { VisibilityTimeout: 60 } };
		expect(listLosses(before, changed({ Queue: slower }))).toEqual([]);
	});
});

/** Types that a deployment makes again as they were. */
const statelessTypes = new Set(
	`AWS::ApiGatewayV2::Authorizer AWS::ApiGatewayV2::Integration AWS::ApiGatewayV2::Route
	AWS::ApiGatewayV2::Stage AWS::CloudWatch::Alarm AWS::CloudWatch::Dashboard AWS::EC2::EIP
	AWS::EC2::InternetGateway AWS::EC2::NatGateway AWS::EC2::Route AWS::EC2::RouteTable AWS::EC2::SecurityGroup
	AWS::EC2::SecurityGroupIngress AWS::EC2::Subnet AWS::EC2::SubnetRouteTableAssociation AWS::EC2::VPC
	AWS::EC2::VPCEndpoint AWS::EC2::VPCGatewayAttachment AWS::ECS::Cluster AWS::ECS::TaskDefinition
	AWS::Events::Rule AWS::Glue::Crawler AWS::IAM::Policy AWS::IAM::Role AWS::Lambda::EventSourceMapping
	AWS::Lambda::Function AWS::Lambda::LayerVersion AWS::Lambda::Permission AWS::Logs::LogStream
	AWS::Logs::MetricFilter AWS::Pipes::Pipe AWS::S3::BucketPolicy AWS::SNS::Subscription AWS::SNS::TopicPolicy
	AWS::SQS::QueuePolicy AWS::Scheduler::Schedule Custom::CDKBucketDeployment Custom::S3AutoDeleteObjects`.split(/\s+/),
);

describe('the stack policy', () => {
	test('every type of the template is known to hold state or not', () => {
		const everything = synthesize({ interfaceEndpoints: true, managedAirflow: true }).toJSON() as Template;
		const types = new Set(Object.values(everything.Resources).map(({ Type }) => Type));
		expect([...types].filter((type) => !statelessTypes.has(type) && !Object.hasOwn(statefulTypes, type))).toEqual([]);
		expect([...statelessTypes].filter((type) => !types.has(type))).toEqual([]);
		expect(Object.keys(statefulTypes).filter((type) => !types.has(type))).toEqual([]);
	});

	test('allows updates, but none that replaces or deletes a stateful resource', () => {
		const [allow, replace, deleting] = protectionPolicy(today).Statement;
		expect(allow).toEqual({ Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' });
		const stateful = Object.entries(today.Resources).filter(([, { Type }]) => Type in statefulTypes);
		const paths = (resources: typeof stateful) => resources.map(([id]) => `LogicalResourceId/${id}`);
		expect(replace).toEqual({
			...{ Effect: 'Deny', Action: 'Update:Replace', Principal: '*' },
			Resource: paths(stateful),
		});
		expect(deleting).toEqual({
			...{ Effect: 'Deny', Action: 'Update:Delete', Principal: '*' },
			Resource: paths(stateful.filter(([, { Condition }]) => Condition === undefined)),
		});
		// Everything that outlives the stack, too.
		const kept = Object.entries(today.Resources).filter(([, { DeletionPolicy }]) =>
			DeletionPolicy?.startsWith('Retain'),
		);
		expect(kept).toHaveLength(8);
		expect(deleting?.Resource).toEqual(expect.arrayContaining(paths(kept)));
		// CloudFormation's limit, in bytes.
		expect(JSON.stringify(protectionPolicy(today)).length).toBeLessThan(16_384);
	});

	test('what a parameter switches off may go, but is not replaced', () => {
		const queue = { Type: 'AWS::SQS::Queue' };
		const { Statement } = protectionPolicy({ Resources: { Always: queue, Optional: { ...queue, Condition: 'IsOn' } } });
		expect(Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
			['Update:*', '*'],
			['Update:Replace', ['LogicalResourceId/Always', 'LogicalResourceId/Optional']],
			['Update:Delete', ['LogicalResourceId/Always']],
		]);
	});

	test('leaves out what may be lost, and refuses a name that it does not know', () => {
		const template = { Resources: { Queue: { Type: 'AWS::SQS::Queue' }, Alarm: { Type: 'AWS::CloudWatch::Alarm' } } };
		expect(protectionPolicy(template, ['Queue']).Statement).toEqual([
			{ Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' },
		]);
		expect(() => protectionPolicy(template, ['Alarm'])).toThrow('The stack has no stateful resource Alarm.');
	});
});
