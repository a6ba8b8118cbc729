import { synthesize } from '../support/synth';

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
