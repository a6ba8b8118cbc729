import { Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { allow, type PolicyHolder } from '../tasks/policy-holder';
import { acknowledgeWildcards } from '../tasks/wildcards';

const resultsPrefix = 'results/';

/** What a workgroup is for. */
export interface WorkgroupUse {
	/** Fixed, because Athena generates none. */
	readonly name: string;
	readonly description: string;
	/** Whether its settings override the client's. */
	readonly isEnforced: boolean;
	/** Bytes that a statement may scan. */
	readonly scanLimit: number;
}

/** 50 GB cost $0.25. A mistake that reads all of a large table fails instead of costing more. */
export const queryScanLimit = 50_000_000_000;

/** Queries of people and dashboards. */
export const forQueries = (scanLimit: number): WorkgroupUse => ({
	name: 'shoplake',
	description: 'Queries on the tables of shoplake',
	isEnforced: true,
	scanLimit,
});

/** An Athena workgroup, whose bytes scanned CloudWatch records. */
export class QueryWorkgroup extends Construct {
	readonly workgroupName: string;
	private readonly results: Bucket;

	constructor(
		scope: Construct,
		id: string,
		{ results, use }: { readonly results: Bucket; readonly use: WorkgroupUse },
	) {
		super(scope, id);
		const { name, description, isEnforced, scanLimit } = use;
		this.results = results;
		this.workgroupName = name;
		new CfnWorkGroup(this, 'Workgroup', {
			name,
			description,
			// A workgroup that has a history of queries is not deleted otherwise.
			recursiveDeleteOption: true,
			workGroupConfiguration: {
				enforceWorkGroupConfiguration: isEnforced,
				publishCloudWatchMetricsEnabled: true,
				bytesScannedCutoffPerQuery: scanLimit,
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
