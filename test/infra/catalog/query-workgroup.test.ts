import { statementsFor } from '../support/granted';
import { synthesize } from '../support/synth';

test('the workgroup’s settings override the client’s, its bytes scanned are a metric, and a query may scan 50 GB', () => {
	const template = synthesize();
	template.hasResourceProperties('AWS::Athena::WorkGroup', {
		Name: 'shoplake',
		WorkGroupConfiguration: {
			EnforceWorkGroupConfiguration: true,
			PublishCloudWatchMetricsEnabled: true,
			BytesScannedCutoffPerQuery: {
				'Fn::If': ['IsQueryScanLimited', { Ref: 'QueryScanLimit' }, { Ref: 'AWS::NoValue' }],
			},
			ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_S3' } },
		},
	});
	template.hasParameter('QueryScanLimit', { Type: 'Number', Default: 50e9, MinValue: 0 });
});

test('a grant to query allows queries in this workgroup, with results under results/', () => {
	expect(statementsFor(({ queries }, role) => queries.grantQuery(role))).toEqual([
		{
			actions: [
				'athena:StartQueryExecution',
				'athena:StopQueryExecution',
				'athena:GetQueryExecution',
				'athena:GetQueryResults',
				'athena:GetWorkGroup',
			],
			on: ['arn:AWS::Partition:athena:AWS::Region:AWS::AccountId:workgroup/shoplake'],
		},
		{ actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], on: ['LakeQueryResults/results/*'] },
		{ actions: ['s3:GetBucketLocation', 's3:ListBucket'], on: ['LakeQueryResults'] },
	]);
});

test('the workgroup of tasks lets each statement say where it writes, and limits what it may scan', () => {
	const template = synthesize();
	template.hasResourceProperties('AWS::Athena::WorkGroup', {
		Name: 'shoplake-engine',
		WorkGroupConfiguration: {
			EnforceWorkGroupConfiguration: false,
			PublishCloudWatchMetricsEnabled: true,
			BytesScannedCutoffPerQuery: {
				'Fn::If': ['IsEngineScanLimited', { Ref: 'EngineScanLimit' }, { Ref: 'AWS::NoValue' }],
			},
		},
	});
	template.hasParameter('EngineScanLimit', { Type: 'Number', Default: 0, MinValue: 0 });
});
