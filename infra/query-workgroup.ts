import { Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** The Athena workgroup of all queries: its settings win over the client's, and CloudWatch has the bytes scanned. */
export class QueryWorkgroup extends Construct {
	/** Athena makes up no name, so it has one of ours. */
	readonly workgroupName = 'shoplake';
	private readonly results: Bucket;

	constructor(scope: Construct, id: string, { results }: { readonly results: Bucket }) {
		super(scope, id);
		this.results = results;
		new CfnWorkGroup(this, 'Workgroup', {
			name: this.workgroupName,
			description: 'Queries on the tables of shoplake',
			workGroupConfiguration: {
				enforceWorkGroupConfiguration: true,
				publishCloudWatchMetricsEnabled: true,
				engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
				resultConfiguration: {
					outputLocation: results.s3UrlForObject('results/'),
					encryptionConfiguration: { encryptionOption: 'SSE_S3' },
				},
			},
		});
	}

	/** Lets a role run queries and fetch their results; the tables and their files need grants of their own. */
	grantQuery(grantee: IGrantable): void {
		const actions = [
			'StartQueryExecution',
			'StopQueryExecution',
			'GetQueryExecution',
			'GetQueryResults',
			'GetWorkGroup',
		];
		const resource = { service: 'athena', resource: 'workgroup', resourceName: this.workgroupName };
		grantee.grantPrincipal.addToPrincipalPolicy(
			new PolicyStatement({
				actions: actions.map((action) => `athena:${action}`),
				resources: [Stack.of(this).formatArn(resource)],
			}),
		);
		this.results.grantReadWrite(grantee, 'results/*');
	}
}
