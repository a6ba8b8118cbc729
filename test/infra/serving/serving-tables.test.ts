import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ServingTables } from '../../../infra/serving/serving-tables';
import { makeApp, synthesize } from '../support/synth';

const template = synthesize();

// OrderTable is part of the live orders; all tables of DynamoDB are created alike.
test.each([
	['CategoryKPIs', ['category', 'order_date']],
	['OrderKPIs', ['order_date']],
	['Products', ['product_id']],
	['OrderTable', ['orderid']],
	['StockData', ['PK', 'SK']],
])('the table %s has the keys %j, is on demand, encrypted, recoverable and kept', (TableName, keys) => {
	template.hasResource('AWS::DynamoDB::Table', {
		DeletionPolicy: 'RetainExceptOnCreate',
		Properties: {
			TableName,
			KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
			AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
			BillingMode: 'PAY_PER_REQUEST',
			PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
			SSESpecification: { SSEEnabled: true },
		},
	});
});

test('a project’s table has the key of its contract, and load-kpis may write it', () => {
	const stack = new Stack(makeApp(), 'Project');
	const tables = new ServingTables(stack, 'Serving', {
		own: [{ table: 'OrderStatus', key: ['status', 'order_date'] }],
	});
	tables.grantWriteKpis(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
	const own = Template.fromStack(stack);
	own.hasResourceProperties('AWS::DynamoDB::Table', {
		TableName: 'OrderStatus',
		KeySchema: [
			{ AttributeName: 'status', KeyType: 'HASH' },
			{ AttributeName: 'order_date', KeyType: 'RANGE' },
		],
	});
	const [id = ''] = Object.keys(
		own.findResources('AWS::DynamoDB::Table', { Properties: { TableName: 'OrderStatus' } }),
	);
	own.hasResourceProperties('AWS::IAM::Policy', {
		PolicyDocument: {
			Statement: Match.arrayWith([Match.objectLike({ Resource: Match.arrayWith([{ 'Fn::GetAtt': [id, 'Arn'] }]) })]),
		},
	});
});
