import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** The DynamoDB tables that dashboards and services read. Their names are fixed: readers type them. */
export class ServingTables extends Construct {
	/** KPIs by `category` and `order_date`. */
	readonly categoryKpis: Table;
	/** KPIs by `order_date`. */
	readonly orderKpis: Table;
	/** The catalogue by `product_id`. */
	readonly products: Table;

	constructor(scope: Construct, id: string) {
		super(scope, id);
		this.categoryKpis = this.table('CategoryKPIs', 'category', 'order_date');
		this.orderKpis = this.table('OrderKPIs', 'order_date');
		this.products = this.table('Products', 'product_id');
	}

	/** Lets a role write and delete KPIs; it reads none. */
	grantWriteKpis(role: Role): void {
		role.addToPolicy(
			new PolicyStatement({
				actions: ['dynamodb:BatchWriteItem'],
				resources: [this.categoryKpis.tableArn, this.orderKpis.tableArn],
			}),
		);
	}

	/** Lets a role see that the tables are there, and none of their items. */
	grantDescribe(role: Role): void {
		role.addToPolicy(
			new PolicyStatement({
				actions: ['dynamodb:DescribeTable'],
				resources: [this.categoryKpis, this.orderKpis, this.products].map(({ tableArn }) => tableArn),
			}),
		);
	}

	private table(tableName: string, partitionKey: string, sortKey?: string): Table {
		return new Table(this, tableName, {
			tableName,
			partitionKey: { name: partitionKey, type: AttributeType.STRING },
			...(sortKey ? { sortKey: { name: sortKey, type: AttributeType.STRING } } : {}),
			billingMode: BillingMode.PAY_PER_REQUEST,
			encryption: TableEncryption.AWS_MANAGED,
			pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
			removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
		});
	}
}
