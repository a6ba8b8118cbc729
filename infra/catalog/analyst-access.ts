import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { LakeStorage } from '../storage/lake-storage';
import { allow } from '../tasks/policy-holder';
import { acknowledgeWildcards } from '../tasks/wildcards';
import type { Catalog } from './catalog';
import type { QueryWorkgroup } from './query-workgroup';

/** How drivers and BI tools find tables and columns, beyond running queries. */
const browse = ['GetDataCatalog', 'ListDatabases', 'GetDatabase', 'ListTableMetadata', 'GetTableMetadata'];
/** Lists of names, which have no resource. */
const list = ['ListDataCatalogs', 'ListWorkGroups', 'ListEngineVersions'];

/**
 * What an analyst or a BI tool may do: query Gold through Athena, from the console or by a driver, and read nothing else of
 * the lake.
 *
 * @example
 * const analyst = new AnalystAccess(this, 'Analyst', { lake, catalog, queries });
 * // aws iam attach-user-policy --user-name jane --policy-arn "$SHOPLAKE_ANALYST_POLICY"
 */
export class AnalystAccess extends Construct {
	readonly policy: ManagedPolicy;

	constructor(
		scope: Construct,
		id: string,
		{
			lake,
			catalog,
			queries,
		}: { readonly lake: LakeStorage; readonly catalog: Catalog; readonly queries: QueryWorkgroup },
	) {
		super(scope, id);
		this.policy = new ManagedPolicy(this, 'Policy', {
			description: 'Reads Gold through Athena: for analysts and BI tools',
		});
		queries.grantQuery(this.policy);
		this.grantBrowse(queries.workgroupName);
		catalog.grantReadGold(this.policy);
		lake.grantRead(this.policy, 'gold/', 'iceberg/gold_');
	}

	private grantBrowse(workgroup: string): void {
		const athena = (names: readonly string[]) => names.map((name) => `athena:${name}`);
		const arn = (resource: string, resourceName: string) =>
			Stack.of(this).formatArn({ service: 'athena', resource, resourceName });
		allow(this.policy, {
			actions: athena(['GetQueryResultsStream', 'BatchGetQueryExecution', 'ListQueryExecutions']),
			resources: [arn('workgroup', workgroup)],
		});
		allow(this.policy, { actions: athena(browse), resources: [arn('datacatalog', 'AwsDataCatalog')] });
		allow(this.policy, { actions: athena(list), resources: ['*'] });
		acknowledgeWildcards(this.policy, ['*'], 'These actions list names only, and have no resource.');
	}
}
