import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { CfnCrawler, CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { LakeStorage } from '../storage/lake-storage';
import { allow, type PolicyHolder } from '../tasks/policy-holder';
import { acknowledgeWildcards } from '../tasks/wildcards';

const readTables = ['GetDatabase', 'GetTable', 'GetTables', 'GetPartition', 'GetPartitions', 'BatchGetPartition'];
const addTables = ['CreateTable', 'UpdateTable', 'CreatePartition', 'BatchCreatePartition', 'UpdatePartition'];
const replaceTables = ['CreateDatabase', 'DeleteTable', 'DeletePartition', 'BatchUpdatePartition'];
const dropTables = ['GetTables', 'DeleteTable', 'BatchDeleteTable'];
/** Of a CREATE TABLE AS, Athena makes the table and then sets its metadata, with the rights of who runs it. */
const scratchTables = ['GetDatabase', 'GetTable', 'GetPartitions', 'CreateTable', 'UpdateTable', ...dropTables];

/** Distinguishes the crawler's tables from those that `shoplake crawl` maintains. */
const landingTablePrefix = 'landing_';

/**
 * The Glue database, and a crawler over the landing zone. The lake's tables are not created here: the contracts define
 * their columns, and `shoplake crawl` updates them to the newest head.
 */
export class Catalog extends Construct {
	/** Fixed, because users type it into their queries. */
	readonly databaseName = 'ecommerce_analytics_db';
	/** Of the tables that a run on Athena makes for itself. Fixed, because `vacuum` drops whatever is there. */
	readonly scratchDatabaseName = 'shoplake_scratch';
	/** Runs only on `shoplake crawl --crawler`: Glue bills at least ten minutes. */
	readonly crawlerName: string;

	constructor(scope: Construct, id: string, { lake }: { readonly lake: LakeStorage }) {
		super(scope, id);
		const database = new CfnDatabase(this, 'Database', {
			catalogId: Stack.of(this).account,
			databaseInput: { name: this.databaseName, description: 'All tables of shoplake: Bronze, Silver and Gold' },
		});
		new CfnDatabase(this, 'ScratchDatabase', {
			catalogId: Stack.of(this).account,
			databaseInput: {
				name: this.scratchDatabaseName,
				description: 'What runs of shoplake on Athena make for themselves',
			},
		});
		const role = this.createCrawlerRole(lake);
		const crawler = new CfnCrawler(this, 'LandingCrawler', {
			description: 'The landing zone as uploaded',
			role: role.roleArn,
			databaseName: this.databaseName,
			tablePrefix: landingTablePrefix,
			// As `ingest` does, it skips `_READY` and other names that begin so.
			targets: { s3Targets: [{ path: lake.bucket.s3UrlForObject('landing/'), exclusions: ['**/_*', '**/.*'] }] },
			schemaChangePolicy: { updateBehavior: 'UPDATE_IN_DATABASE', deleteBehavior: 'LOG' },
		});
		crawler.addResourceDependency(database);
		// A crawler that starts before its role's policy exists fails.
		crawler.node.addDependency(role);
		this.crawlerName = crawler.ref;
		Validations.of(crawler).acknowledge({
			id: 'AwsSolutions-GL1',
			reason:
				'Its log contains file names and column counts; CloudWatch encrypts it at rest, and a key of its own is $1 a month.',
		});
	}

	/** Allows a role to read the database and all its tables. */
	grantRead(role: Role): void {
		this.grant(role, readTables, '*');
	}

	/** Allows to read Gold's tables, and to list databases as drivers do. */
	grantReadGold(holder: PolicyHolder): void {
		this.grant(holder, readTables, 'gold_*');
		allow(holder, { actions: ['glue:GetDatabases'], resources: this.databaseArns() });
	}

	/** Allows a role to create, change and delete tables too, and to create the database if it is missing. */
	grantReadWrite(role: Role): void {
		this.grant(role, [...readTables, ...addTables, ...replaceTables], '*');
	}

	/** Allows a role to make tables in the scratch database, and to drop them. */
	grantScratch(role: Role): void {
		this.grant(role, scratchTables, '*', this.scratchDatabaseName);
	}

	/** Allows a role to list the tables of the scratch database, and to drop them. */
	grantDropScratch(role: Role): void {
		this.grant(role, dropTables, '*', this.scratchDatabaseName);
	}

	/** Allows a role to start the crawler and wait for it. */
	grantStartCrawler(role: Role): void {
		this.grantOnCrawler(role, 'glue:StartCrawler', 'glue:GetCrawler');
	}

	/** Allows a role to check that the database and the crawler exist, without reading tables. */
	grantDescribe(role: Role): void {
		role.addToPolicy(new PolicyStatement({ actions: ['glue:GetDatabase'], resources: this.databaseArns() }));
		this.grantOnCrawler(role, 'glue:GetCrawler');
	}

	private grantOnCrawler(role: Role, ...actions: string[]): void {
		role.addToPolicy(new PolicyStatement({ actions, resources: [this.arn('glue', 'crawler', this.crawlerName)] }));
	}

	/** Glue requires permission for the catalog in addition to the database. */
	private databaseArns(database = this.databaseName): string[] {
		const catalog = Stack.of(this).formatArn({ service: 'glue', resource: 'catalog' });
		return [catalog, this.arn('glue', 'database', database)];
	}

	private createCrawlerRole(lake: LakeStorage): Role {
		const { account } = Stack.of(this);
		const role = new Role(this, 'CrawlerRole', {
			description: 'Reads the landing zone and maintains its tables in the catalog',
			assumedBy: new ServicePrincipal('glue.amazonaws.com', {
				conditions: { StringEquals: { 'aws:SourceAccount': account } },
			}),
		});
		lake.grantRead(role, 'landing/');
		this.grant(role, [...readTables, ...addTables], `${landingTablePrefix}*`);
		const logGroup = this.arn('logs', 'log-group', '/aws-glue/crawlers', ArnFormat.COLON_RESOURCE_NAME);
		const logStreams = `${logGroup}:log-stream:*`;
		role.addToPolicy(
			new PolicyStatement({
				actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
				resources: [logGroup, logStreams],
			}),
		);
		acknowledgeWildcards(role, [logStreams], 'Glue creates a log stream for each crawler.');
		return role;
	}

	private grant(holder: PolicyHolder, actions: readonly string[], tables: string, database = this.databaseName): void {
		const tableArn = this.arn('glue', 'table', `${database}/${tables}`);
		allow(holder, {
			actions: actions.map((action) => `glue:${action}`),
			resources: [...this.databaseArns(database), tableArn],
		});
		acknowledgeWildcards(
			holder,
			[tableArn],
			'The contracts and the uploads in the landing zone define which tables exist.',
		);
	}

	private arn(
		service: string,
		resource: string,
		resourceName: string,
		arnFormat = ArnFormat.SLASH_RESOURCE_NAME,
	): string {
		return Stack.of(this).formatArn({ service, resource, resourceName, arnFormat });
	}
}
