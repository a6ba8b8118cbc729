import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { CfnCrawler, CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { LakeStorage } from '../storage/lake-storage';
import { acknowledgeWildcards } from '../tasks/wildcards';

const readTables = ['GetDatabase', 'GetTable', 'GetTables', 'GetPartition', 'GetPartitions', 'BatchGetPartition'];
const addTables = ['CreateTable', 'UpdateTable', 'CreatePartition', 'BatchCreatePartition', 'UpdatePartition'];
const replaceTables = ['CreateDatabase', 'DeleteTable', 'DeletePartition', 'BatchUpdatePartition'];

/** What the crawler finds in the landing zone is named apart from the tables that `shoplake crawl` keeps. */
const landingTablePrefix = 'landing_';

/**
 * The Glue database, and a crawler over the landing zone. The tables of the lake are not made here: their columns
 * stand in the contracts, and `shoplake crawl` keeps them in step with the newest head.
 */
export class Catalog extends Construct {
	/** Fixed, because users type it into their queries. */
	readonly databaseName = 'ecommerce_analytics_db';
	/** Runs when `shoplake crawl --crawler` asks: Glue bills ten minutes at least. */
	readonly crawlerName: string;

	constructor(scope: Construct, id: string, { lake }: { readonly lake: LakeStorage }) {
		super(scope, id);
		const database = new CfnDatabase(this, 'Database', {
			catalogId: Stack.of(this).account,
			databaseInput: { name: this.databaseName, description: 'All tables of shoplake: Bronze, Silver and Gold' },
		});
		const role = this.crawlerRole(lake);
		const crawler = new CfnCrawler(this, 'LandingCrawler', {
			description: 'What lies in the landing zone, as it came',
			role: role.roleArn,
			databaseName: this.databaseName,
			tablePrefix: landingTablePrefix,
			targets: { s3Targets: [{ path: lake.bucket.s3UrlForObject('landing/') }] },
			schemaChangePolicy: { updateBehavior: 'UPDATE_IN_DATABASE', deleteBehavior: 'LOG' },
		});
		crawler.addResourceDependency(database);
		// A crawler that starts before its role's policy is there fails.
		crawler.node.addDependency(role);
		this.crawlerName = crawler.ref;
		Validations.of(crawler).acknowledge({
			id: 'AwsSolutions-GL1',
			reason:
				'Its log names files and counts columns; CloudWatch encrypts it at rest, and a key of its own is $1 a month.',
		});
	}

	/** Lets a role read the database and all its tables. */
	grantRead(role: Role): void {
		this.grant(role, readTables, '*');
	}

	/** Lets a role make, change and remove the tables of the database too, and the database itself where it is gone. */
	grantReadWrite(role: Role): void {
		this.grant(role, [...readTables, ...addTables, ...replaceTables], '*');
	}

	/** Lets a role start the crawler and wait for it. */
	grantStartCrawler(role: Role): void {
		this.grantOnCrawler(role, 'glue:StartCrawler', 'glue:GetCrawler');
	}

	/** Lets a role see that the database and the crawler are there, and none of the tables. */
	grantDescribe(role: Role): void {
		role.addToPolicy(new PolicyStatement({ actions: ['glue:GetDatabase'], resources: this.databaseArns() }));
		this.grantOnCrawler(role, 'glue:GetCrawler');
	}

	private grantOnCrawler(role: Role, ...actions: string[]): void {
		role.addToPolicy(new PolicyStatement({ actions, resources: [this.arn('glue', 'crawler', this.crawlerName)] }));
	}

	/** Glue asks for a right to the catalog beside that to the database. */
	private databaseArns(): string[] {
		const catalog = Stack.of(this).formatArn({ service: 'glue', resource: 'catalog' });
		return [catalog, this.arn('glue', 'database', this.databaseName)];
	}

	private crawlerRole(lake: LakeStorage): Role {
		const { account } = Stack.of(this);
		const role = new Role(this, 'CrawlerRole', {
			description: 'Reads the landing zone, and keeps its tables in the catalog',
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
		acknowledgeWildcards(role, [logStreams], 'Glue makes a log stream for each crawler.');
		return role;
	}

	private grant(role: Role, actions: readonly string[], tables: string): void {
		const anyTable = this.arn('glue', 'table', `${this.databaseName}/${tables}`);
		role.addToPolicy(
			new PolicyStatement({
				actions: actions.map((action) => `glue:${action}`),
				resources: [...this.databaseArns(), anyTable],
			}),
		);
		acknowledgeWildcards(
			role,
			[anyTable],
			'Tables come and go with the contracts and with what lies in the landing zone.',
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
