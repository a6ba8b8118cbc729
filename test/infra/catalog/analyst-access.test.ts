import { listGrants } from '../support/grants';
import { grantEach, summarizeGrants } from '../support/summarize-grants';
import { synthesize } from '../support/synth';

const template = synthesize();

test('an analyst may query Gold through Athena, and read nothing else of the lake', () => {
	const workgroup = ['workgroup/shoplake'];
	const database = ['catalog', 'database/ecommerce_analytics_db'];
	expect(summarizeGrants(listGrants(template, 'AnalystPolicy'))).toEqual({
		...grantEach(
			[
				...['StartQueryExecution', 'StopQueryExecution', 'GetQueryExecution', 'GetQueryResults', 'GetWorkGroup'],
				...['GetQueryResultsStream', 'BatchGetQueryExecution', 'ListQueryExecutions'],
			].map((name) => `athena:${name}`),
			workgroup,
		),
		...grantEach(
			['GetDataCatalog', 'ListDatabases', 'GetDatabase', 'ListTableMetadata', 'GetTableMetadata'].map(
				(name) => `athena:${name}`,
			),
			['datacatalog/AwsDataCatalog'],
		),
		...grantEach(
			['ListDataCatalogs', 'ListWorkGroups', 'ListEngineVersions'].map((name) => `athena:${name}`),
			['*'],
		),
		...grantEach(
			[
				...['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables'],
				...['glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition'],
			],
			[...database, 'table/ecommerce_analytics_db/gold_*'],
		),
		'glue:GetDatabases': database,
		read: ['gold/', 'iceberg/gold_'],
		list: ['gold/', 'iceberg/gold_'],
		...grantEach(['s3:GetObject', 's3:PutObject'], ['LakeQueryResults/results/*']),
		...grantEach(['s3:GetBucketLocation', 's3:ListBucket'], ['LakeQueryResults']),
	});
});
