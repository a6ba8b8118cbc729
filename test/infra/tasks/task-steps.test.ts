import { stepNames } from '../../../infra/tasks/task-steps';
import { listGrants } from '../support/grants';
import { grantEach, stepId, summarizeGrants } from '../support/summarize-grants';
import { synthesize } from '../support/synth';

const template = synthesize();

const head = ['_heads/', '_hints/', '_manifests/'];
const vacuumed = [
	...['bronze/', 'quarantine/', 'refused/', '_manifests/', 'iceberg/', '_scratch/'],
	...['silver/', 'records/', 'keys/', 'orphans/', 'gold/', 'internal/', 'serving/'],
];
const rebuilt = [...['bronze/', 'quarantine/', 'silver/', 'records/', 'keys/', 'orphans/'], ...['gold/', 'internal/']];
const describeDatabase = ['catalog', 'database/ecommerce_analytics_db'];
const tables = [...describeDatabase, 'table/ecommerce_analytics_db/*'];
const scratchTables = ['catalog', 'database/shoplake_scratch', 'table/shoplake_scratch/*'];
const dropScratch = grantEach(['glue:GetTables', 'glue:DeleteTable', 'glue:BatchDeleteTable'], scratchTables);

/** What Athena needs of the role that runs its statements, beside the files of the step. */
const athena = {
	...grantEach(
		['glue:GetDatabase', 'glue:GetTable', 'glue:GetPartitions', 'glue:CreateTable', 'glue:UpdateTable'],
		scratchTables,
	),
	...dropScratch,
	...grantEach(
		[
			'athena:StartQueryExecution',
			'athena:StopQueryExecution',
			'athena:GetQueryExecution',
			'athena:GetQueryResults',
			'athena:GetWorkGroup',
		],
		['workgroup/shoplake-engine'],
	),
	...grantEach(['s3:GetObject', 's3:PutObject'], ['LakeQueryResults/results/*']),
	's3:GetBucketLocation': ['LakeBucket', 'LakeQueryResults'],
	's3:ListBucket': ['LakeQueryResults'],
};

const readTables = [
	...['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables'],
	...['glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition'],
];
const writeTables = grantEach(
	[
		...readTables,
		'glue:CreateTable',
		'glue:UpdateTable',
		'glue:CreatePartition',
		'glue:BatchCreatePartition',
		'glue:UpdatePartition',
		'glue:CreateDatabase',
		'glue:DeleteTable',
		'glue:DeletePartition',
		'glue:BatchUpdatePartition',
	],
	tables,
);
const ofClean = ['silver/', 'records/', 'keys/', 'orphans/'];
const ofAggregate = ['gold/', 'internal/'];
/** The files of batches and tables. */
const allFiles = ['bronze/', 'quarantine/', ...ofClean, ...ofAggregate, 'serving/', 'refused/'];

/** The queue, the files and their versions, rejected rows, and quotes in the table. */
const consumeQuotes = {
	...grantEach(
		[
			'sqs:ReceiveMessage',
			'sqs:ChangeMessageVisibility',
			'sqs:GetQueueUrl',
			'sqs:DeleteMessage',
			'sqs:GetQueueAttributes',
		],
		['MarketQueue'],
	),
	...grantEach(['s3:GetObject', 's3:GetObjectVersion'], ['MarketBucket/stocks/*']),
	's3:PutObject': ['MarketBucket/rejected/*'],
	...grantEach(['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'], ['ServingStockData']),
	...grantEach(['s3:ListBucket', 's3:ListBucketVersions'], ['MarketBucket']),
};

/** Every step may add a record, and neither read nor list any. */
const costRecord = { actions: ['s3:PutObject'], on: ['LakeBucket/costs/*'] };

test.each<[string, Readonly<Record<string, readonly string[]>>]>([
	['generate', { read: ['landing/'], add: ['landing/'], delete: ['landing/'], list: ['landing/'] }],
	[
		'ingest',
		{
			read: ['landing/', ...head, 'bronze/', 'quarantine/', 'refused/'],
			add: [...head, 'bronze/', 'quarantine/', 'refused/'],
			list: ['landing/', ...head, 'bronze/', 'quarantine/', 'refused/'],
		},
	],
	[
		'clean',
		{
			read: ['bronze/', ...head, 'silver/', 'records/', 'keys/', 'orphans/', '_scratch/'],
			add: [...head, 'silver/', 'records/', 'keys/', 'orphans/', '_scratch/'],
			list: ['bronze/', ...head, 'silver/', 'records/', 'keys/', 'orphans/', '_scratch/'],
			...athena,
		},
	],
	[
		'aggregate',
		{
			read: ['silver/', ...head, 'gold/', 'internal/', '_scratch/'],
			add: [...head, 'gold/', 'internal/', '_scratch/'],
			list: ['silver/', ...head, 'gold/', 'internal/', '_scratch/'],
			...athena,
		},
	],
	[
		'rebuild',
		{
			...Object.fromEntries(['read', 'add', 'list'].map((access) => [access, [...head, ...rebuilt, '_scratch/']])),
			...athena,
		},
	],
	[
		'crawl',
		{
			read: [...head, 'silver/', 'gold/', 'iceberg/'],
			add: ['iceberg/'],
			list: [...head, 'silver/', 'gold/', 'iceberg/'],
			...writeTables,
			'glue:StartCrawler': ['crawler/CatalogLandingCrawler'],
			'glue:GetCrawler': ['crawler/CatalogLandingCrawler'],
		},
	],
	[
		'load-kpis',
		{
			read: ['gold/', ...head],
			add: head,
			list: ['gold/', ...head],
			'dynamodb:BatchWriteItem': ['ServingCategoryKPIs', 'ServingOrderKPIs'],
			'dynamodb:Scan': ['ServingCategoryKPIs', 'ServingOrderKPIs', 'ServingProducts'],
			'dynamodb:UpdateItem': ['ServingProducts'],
		},
	],
	[
		'report',
		{
			read: [...head, 'gold/', 'reports/'],
			add: ['reports/'],
			list: [...head, 'gold/', 'reports/'],
		},
	],
	[
		'stream seal',
		{
			read: [...head, 'bronze/', 'quarantine/', 'internal/'],
			add: [...head, 'bronze/', 'quarantine/', 'internal/'],
			list: [...head, 'bronze/', 'quarantine/', 'internal/'],
			tag: ['bronze/live_events/', 'bronze/live_orders/'],
		},
	],
	[
		'stream alarms',
		{
			read: ['gold/', ...head],
			add: head,
			list: ['gold/', ...head],
			'sns:Publish': ['AlertsTopic'],
			...grantEach(['kms:Decrypt', 'kms:GenerateDataKey'], ['AlertsKey']),
		},
	],
	[
		'stream replay',
		{
			read: ['processing-failed/', ...head, 'internal/', 'bronze/'],
			add: ['bronze/'],
			list: ['processing-failed/', ...head, 'internal/', 'bronze/'],
		},
	],
	['stocks generate', { 's3:PutObject': ['MarketBucket/stocks/*'] }],
	['stocks consume', consumeQuotes],
	['status', { read: head, list: head }],
	[
		'vacuum',
		{
			read: [...head, 'iceberg/'],
			add: head,
			list: [...head, ...vacuumed, 'iceberg/'],
			delete: vacuumed,
			'not delete': ['bronze/live_events/', 'bronze/live_orders/'],
			...grantEach(readTables, tables),
			...dropScratch,
			'glue:GetTables': [...tables, ...scratchTables],
		},
	],
	[
		'forget',
		{
			// Everything that the bucket holds.
			...grantEach(['read', 'read versions', 'add', 'delete', 'delete versions', 'list', 'list versions'], ['']),
			...grantEach(['not delete', 'not delete versions'], ['_heads/']),
			...writeTables,
			'glue:StartCrawler': ['crawler/CatalogLandingCrawler'],
			'glue:GetCrawler': ['crawler/CatalogLandingCrawler'],
			'dynamodb:BatchWriteItem': ['ServingCategoryKPIs', 'ServingOrderKPIs'],
			'dynamodb:Scan': ['ServingCategoryKPIs', 'ServingOrderKPIs', 'ServingProducts'],
			'dynamodb:UpdateItem': ['ServingProducts'],
		},
	],
	[
		'doctor',
		{
			read: ['_heads/', '_manifests/', '_hints/'],
			add: ['_hints/'],
			list: ['_heads/', '_manifests/', '_hints/'],
			'glue:GetDatabase': describeDatabase,
			'glue:GetCrawler': ['crawler/CatalogLandingCrawler'],
			'dynamodb:DescribeTable': ['ServingCategoryKPIs', 'ServingOrderKPIs', 'ServingProducts'],
			'athena:GetWorkGroup': ['workgroup/shoplake'],
		},
	],
	[
		'filedrop gate',
		{
			'read versions': ['incoming/'],
			'list versions': ['incoming/'],
			read: ['incoming/', 'processed/'],
			add: ['incoming/'],
			delete: ['incoming/'],
			list: ['incoming/', 'processed/'],
		},
	],
	['filedrop lock', { read: ['incoming/'], add: ['incoming/'], list: ['incoming/'] }],
	[
		'filedrop validate',
		{
			'read versions': ['incoming/'],
			'list versions': ['incoming/'],
			read: ['processed/', ...head, 'silver/', 'keys/', 'incoming/', 'landing/', 'rejected/', 'refused/'],
			add: ['incoming/', 'landing/', 'rejected/', 'refused/'],
			delete: ['incoming/', 'landing/'],
			list: ['processed/', ...head, 'silver/', 'keys/', 'incoming/', 'landing/', 'rejected/', 'refused/'],
		},
	],
	[
		'filedrop archive',
		{
			'read versions': ['incoming/'],
			'list versions': ['incoming/'],
			read: [...head, 'incoming/', 'processed/', 'rejected/'],
			add: ['incoming/', 'processed/', 'rejected/'],
			delete: ['incoming/', 'landing/'],
			list: [...head, 'landing/', 'incoming/', 'processed/', 'rejected/'],
		},
	],
	['filedrop unlock', { read: ['incoming/'], delete: ['incoming/'], list: ['incoming/'] }],
	[
		'filedrop notify',
		{
			read: ['incoming/', 'rejected/'],
			add: ['incoming/'],
			list: ['incoming/', 'rejected/'],
			'sns:Publish': ['AlertsTopic'],
			...grantEach(['kms:Decrypt', 'kms:GenerateDataKey'], ['AlertsKey']),
			'cloudwatch:PutMetricData': ['*'],
		},
	],
	[
		'run',
		{
			read: ['landing/', ...head, 'bronze/', 'quarantine/', 'refused/', ...ofClean, ...ofAggregate, 'iceberg/'],
			add: [...head, 'bronze/', 'quarantine/', 'refused/', ...ofClean, ...ofAggregate, 'iceberg/'],
			list: ['landing/', ...head, 'bronze/', 'quarantine/', 'refused/', ...ofClean, ...ofAggregate, 'iceberg/'],
			...writeTables,
			...grantEach(['dynamodb:BatchWriteItem', 'dynamodb:Scan'], ['ServingCategoryKPIs', 'ServingOrderKPIs']),
		},
	],
	[
		'withdraw',
		{
			read: ['bronze/', 'quarantine/', ...head, ...ofClean],
			add: [...head, ...ofClean],
			list: ['bronze/', 'quarantine/', ...head, ...ofClean],
		},
	],
	['rollback', { read: head, add: head, list: head }],
	['plan', { read: head, list: head }],
	['query', { read: [...head, ...allFiles], list: [...head, ...allFiles] }],
	['filedrop retry', { read: ['incoming/'], delete: ['incoming/'], list: ['incoming/'] }],
	['products seed', { 'dynamodb:PutItem': ['ServingProducts'] }],
])('%s may do exactly this, beside leaving a record of its cost', (step, access) => {
	const grants = listGrants(template, `Tasks${stepId(step)}Role`);
	const isRecord = (grant: (typeof grants)[number]) => JSON.stringify(grant) === JSON.stringify(costRecord);
	expect(grants.filter(isRecord)).toHaveLength(1);
	expect(summarizeGrants(grants.filter((grant) => !isRecord(grant)))).toEqual(access);
});

test('only forget may delete versions of objects, and only it and vacuum may delete what the lake has written', () => {
	const deleting = (access: string) =>
		stepNames.filter((step) => {
			const own = summarizeGrants(listGrants(template, `Tasks${stepId(step)}Role`))[access] ?? [];
			return own.some((prefix) => ['', 'bronze/', 'silver/', 'gold/', '_manifests/'].includes(prefix));
		});
	expect(deleting('delete versions')).toEqual(['forget']);
	expect(deleting('delete')).toEqual(['vacuum', 'forget']);
});

test('tasks and functions may write only metrics of shoplake', () => {
	const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
		({ Properties }) => Properties.PolicyDocument.Statement,
	);
	const ofMetrics = statements.filter(({ Action }) => Action === 'cloudwatch:PutMetricData');
	expect(ofMetrics).toHaveLength(2);
	for (const { Condition } of ofMetrics) {
		expect(Condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'shoplake' } });
	}
});
