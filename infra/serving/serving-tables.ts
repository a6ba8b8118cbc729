import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { onDemandTable } from './on-demand-table';

/** The DynamoDB tables that dashboards and services read. Their names are fixed: readers type them. */
export class ServingTables extends Construct {
	/** KPIs by `category` and `order_date`. */
	readonly categoryKpis: Table;
	/** KPIs by `order_date`. */
	readonly orderKpis: Table;
	/** The catalogue by `product_id`. */
	readonly products: Table;
	/** Quotes by ticker and second. */
	readonly stockData: Table;

	constructor(scope: Construct, id: string) {
		super(scope, id);
		this.categoryKpis = onDemandTable(this, 'CategoryKPIs', { partitionKey: 'category', sortKey: 'order_date' });
		this.orderKpis = onDemandTable(this, 'OrderKPIs', { partitionKey: 'order_date' });
		this.products = onDemandTable(this, 'Products', { partitionKey: 'product_id' });
		this.stockData = onDemandTable(this, 'StockData', { partitionKey: 'PK', sortKey: 'SK' });
	}

	/** Lets a role write and delete KPIs, and find the items that nobody but it should have written. */
	grantWriteKpis(role: Role): void {
		role.addToPolicy(
			new PolicyStatement({
				actions: ['dynamodb:BatchWriteItem', 'dynamodb:Scan'],
				resources: [this.categoryKpis.tableArn, this.orderKpis.tableArn],
			}),
		);
	}

	/** Lets a role look at the products, and update items that are there. */
	grantUpdateForecasts(role: Role): void {
		role.addToPolicy(
			new PolicyStatement({
				actions: ['dynamodb:Scan', 'dynamodb:UpdateItem'],
				resources: [this.products.tableArn],
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
}
