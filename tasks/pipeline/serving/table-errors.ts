import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { explainMissingTable } from '../../platform/aws/missing-table';
import { ConfigurationError } from '../../platform/errors';

/** A DynamoDB error about the KPI tables; a ConfigurationError where a table is missing or has another key. */
export function explainKpiTableError(error: unknown, tables: readonly string[]): unknown {
	if (!(error instanceof DynamoDBServiceException)) return error;
	if (error.name === 'ValidationException') {
		return new ConfigurationError(
			`DynamoDB rejects the items of table ${tables.join(' or ')} (${error.message}). Is it the table that the stack deploys, with the key of docs/kpis.md? Otherwise name the tables by SHOPLAKE_CATEGORY_KPIS_TABLE and SHOPLAKE_ORDER_KPIS_TABLE.`,
		);
	}
	return explainMissingTable(
		error,
		tables,
		'Deploy the stack, or name the tables by SHOPLAKE_CATEGORY_KPIS_TABLE and SHOPLAKE_ORDER_KPIS_TABLE.',
	);
}
