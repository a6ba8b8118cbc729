import { BootstraplessSynthesizer, CfnOutput, type IStackSynthesizer, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Catalog } from './catalog';
import { LakeStorage } from './lake-storage';
import { QueryWorkgroup } from './query-workgroup';
import { ServingTables } from './serving-tables';

/**
 * The lakehouse of one account and region. It names neither, so that one template goes to AWS and to the AWS of a laptop.
 *
 * Its outputs are the configuration of the tasks: an output `ShoplakeBucket` is the variable `SHOPLAKE_BUCKET`.
 */
export class LakehouseStack extends Stack {
	/** Where all data lie. */
	readonly lake: LakeStorage;
	/** The database of all tables, and the crawler over what arrives. */
	readonly catalog: Catalog;
	/** What dashboards and services read. */
	readonly serving: ServingTables;
	/** Where Athena's queries run. */
	readonly queries: QueryWorkgroup;

	constructor(scope: Construct, id: string) {
		super(scope, id, {
			description: 'shoplake: an e-commerce lakehouse',
			// No asset is to be uploaded yet, so no bootstrap stack is needed, neither on AWS nor on a laptop.
			synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
		});
		this.lake = new LakeStorage(this, 'Lake');
		this.catalog = new Catalog(this, 'Catalog', { lake: this.lake });
		this.serving = new ServingTables(this, 'Serving');
		this.queries = new QueryWorkgroup(this, 'Queries', { results: this.lake.queryResults });
		Tags.of(this).add('application', 'shoplake');

		this.output('ShoplakeBucket', 'The bucket of the lake', this.lake.bucket.bucketName);
		this.output('ShoplakeDatabase', 'The Glue database of all tables', this.catalog.databaseName);
		this.output('ShoplakeCrawler', 'The Glue crawler over the landing zone', this.catalog.crawlerName);
		this.output('ShoplakeWorkgroup', 'The Athena workgroup', this.queries.workgroupName);
		this.output('ShoplakeCategoryKpisTable', 'KPIs by category and date', this.serving.categoryKpis.tableName);
		this.output('ShoplakeOrderKpisTable', 'KPIs by date', this.serving.orderKpis.tableName);
		this.output('ShoplakeProductsTable', 'The product catalogue', this.serving.products.tableName);
	}

	private output(id: string, description: string, value: string): void {
		new CfnOutput(this, id, { description, value });
	}
}
