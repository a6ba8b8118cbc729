import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
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
