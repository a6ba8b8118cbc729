import { Aws } from 'aws-cdk-lib';
import { CfnDataSet } from 'aws-cdk-lib/aws-quicksight';
import type { Construct } from 'constructs';
import type { SqlType, Table } from '../../tasks/contracts';

/** The id of a table's data set; dashboards call it so too. */
export const dataSetId = ({ name }: Table): string => `shoplake-${name.replaceAll('_', '-')}`;

/**
 * A data set over one Gold table, with the columns of its contract. Each chart queries the table, so it shows what `crawl`
 * last published.
 */
export function createGoldDataSet(
	scope: Construct,
	table: Table,
	{ dataSourceArn, database }: { readonly dataSourceArn: string; readonly database: string },
): CfnDataSet {
	const { name, partition } = table;
	const columns = [...(partition ? [{ name: partition.column, type: 'date' as const }] : []), ...table.columns];
	const inputColumns = columns.map(({ name, type }) => ({ name, ...quickSightType(type) }));
	return new CfnDataSet(scope, name, {
		awsAccountId: Aws.ACCOUNT_ID,
		dataSetId: dataSetId(table),
		name,
		importMode: 'DIRECT_QUERY',
		physicalTableMap: {
			gold: { relationalTable: { dataSourceArn, catalog: 'AwsDataCatalog', schema: database, name, inputColumns } },
		},
	});
}

/** The type of a column in QuickSight; `FIXED` is an exact decimal of four places. */
export function quickSightType(type: SqlType): { readonly type: string; readonly subType?: string } {
	if (type.startsWith('decimal')) return { type: 'DECIMAL', subType: 'FIXED' };
	return simpleTypes[type as keyof typeof simpleTypes];
}

const simpleTypes = {
	string: { type: 'STRING' },
	boolean: { type: 'BOOLEAN' },
	date: { type: 'DATETIME' },
	timestamp: { type: 'DATETIME' },
	int: { type: 'INTEGER' },
	bigint: { type: 'INTEGER' },
	double: { type: 'DECIMAL', subType: 'FLOAT' },
} as const satisfies Record<Exclude<SqlType, `decimal${string}`>, object>;
