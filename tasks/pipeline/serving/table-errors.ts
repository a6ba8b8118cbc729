import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { explainMissingTable } from '../../platform/aws/missing-table';
import { ConfigurationError } from '../../platform/errors';
import { kpiSet } from './serving-set';

/** A DynamoDB error about the KPI tables; a ConfigurationError where a table is missing or has another key. */
export function explainKpiTableError(error: unknown, tables: readonly string[], hint: string = kpiSet.hint): unknown {
	if (!(error instanceof DynamoDBServiceException)) return error;
	if (error.name === 'ValidationException') {
		return new ConfigurationError(
			`DynamoDB rejects the items of table ${tables.join(' or ')} (${error.message}). ${
				hint === kpiSet.hint
					? 'Is it the table that the stack deploys, with the key of docs/kpis.md? Otherwise name the tables by SHOPLAKE_CATEGORY_KPIS_TABLE and SHOPLAKE_ORDER_KPIS_TABLE.'
					: hint
			}`,
		);
	}
	return explainMissingTable(error, tables, hint);
}
