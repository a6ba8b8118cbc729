import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { explainMissingTable } from '../../platform/aws/missing-table';
import { ConfigurationError } from '../../platform/errors';

/** An error of DynamoDB about the tables of KPIs, in the user's words where it is that there is no such table. */
export function explained(error: unknown, tables: readonly string[]): unknown {
	if (!(error instanceof DynamoDBServiceException)) return error;
	if (error.name === 'ValidationException') {
		return new ConfigurationError(
			`DynamoDB does not take what belongs into table ${tables.join(' or ')} (${error.message}). Is it the table that the stack deploys, with the key of docs/kpis.md? Otherwise name the tables by SHOPLAKE_CATEGORY_KPIS_TABLE and SHOPLAKE_ORDER_KPIS_TABLE.`,
		);
	}
	return explainMissingTable(
		error,
		tables,
		'Deploy the stack, or name the tables by SHOPLAKE_CATEGORY_KPIS_TABLE and SHOPLAKE_ORDER_KPIS_TABLE.',
	);
}
