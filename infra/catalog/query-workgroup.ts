import { Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { allow, type PolicyHolder } from '../tasks/policy-holder';
import { acknowledgeWildcards } from '../tasks/wildcards';

const resultsPrefix = 'results/';

/** The Athena workgroup of all queries: its settings override the client's, and CloudWatch records the bytes scanned. */
export class QueryWorkgroup extends Construct {
	/** Fixed, because Athena generates none. */
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
					outputLocation: results.s3UrlForObject(resultsPrefix),
					encryptionConfiguration: { encryptionOption: 'SSE_S3' },
				},
			},
		});
	}

	/** Allows a role to read the workgroup's settings. */
	grantDescribe(role: Role): void {
		const workgroup = { service: 'athena', resource: 'workgroup', resourceName: this.workgroupName };
		role.addToPolicy(
			new PolicyStatement({ actions: ['athena:GetWorkGroup'], resources: [Stack.of(this).formatArn(workgroup)] }),
		);
	}

	/** Allows to run queries and read their results; tables and their files need grants of their own. */
	grantQuery(holder: PolicyHolder): void {
		const run = ['StartQueryExecution', 'StopQueryExecution', 'GetQueryExecution', 'GetQueryResults', 'GetWorkGroup'];
		const workgroup = { service: 'athena', resource: 'workgroup', resourceName: this.workgroupName };
		const anyResult = this.results.arnForObjects(`${resultsPrefix}*`);
		const grants = [
			{ actions: run.map((action) => `athena:${action}`), resources: [Stack.of(this).formatArn(workgroup)] },
			{ actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], resources: [anyResult] },
			{ actions: ['s3:GetBucketLocation', 's3:ListBucket'], resources: [this.results.bucketArn] },
		];
		for (const grant of grants) allow(holder, grant);
		acknowledgeWildcards(holder, [anyResult], 'Athena names the object of each result.');
	}
}
