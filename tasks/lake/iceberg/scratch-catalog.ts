import { BatchDeleteTableCommand, type GlueClient } from '@aws-sdk/client-glue';
import type { ObjectStore } from '../object-store';

/** Where a run on Athena registers the tables that it makes for itself. */
export interface ScratchCatalog {
	readonly store: ObjectStore;
	readonly glue: GlueClient;
	readonly bucket: string;
	/** The Glue database: `shoplake_scratch`. */
	readonly database: string;
}

/** Glue's limit for a request. */
const mostTables = 100;

/** Drops scratch tables; those that are gone already are fine. Their files stay: DROP TABLE would delete the lake's. */
export async function dropScratchTables(
	{ glue, database }: Pick<ScratchCatalog, 'glue' | 'database'>,
	names: readonly string[],
): Promise<void> {
	for (let from = 0; from < names.length; from += mostTables) {
		const TablesToDelete = names.slice(from, from + mostTables);
		const { Errors = [] } = await glue.send(new BatchDeleteTableCommand({ DatabaseName: database, TablesToDelete }));
		for (const { TableName, ErrorDetail } of Errors) {
			if (ErrorDetail?.ErrorCode === 'EntityNotFoundException') continue;
			throw Object.assign(new Error(`could not drop ${database}.${TableName}: ${ErrorDetail?.ErrorMessage}`), {
				name: ErrorDetail?.ErrorCode ?? 'InternalServiceException',
			});
		}
	}
}
