import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { expiryAttribute } from '../../tasks/market/expiry-attribute';
import type { ServingTarget } from '../../tasks/project/project';
import { createOnDemandTable } from './on-demand-table';

/** The DynamoDB tables that dashboards and services read. Their names are fixed: readers type them. */
export class ServingTables extends Construct {
	/** KPIs by `category` and `order_date`. */
	readonly categoryKpis: Table;
	/** KPIs by `order_date`. */
	readonly orderKpis: Table;
	/** Products by `product_id`. */
	readonly products: Table;
	/** Quotes by ticker and second. */
	readonly stockData: Table;

	/** The tables of a project. */
	private readonly own: readonly Table[];

	/** `own` are the tables that a project serves. */
	constructor(scope: Construct, id: string, { own = [] }: { readonly own?: readonly ServingTarget[] } = {}) {
		super(scope, id);
		this.categoryKpis = createOnDemandTable(this, 'CategoryKPIs', { partitionKey: 'category', sortKey: 'order_date' });
		this.orderKpis = createOnDemandTable(this, 'OrderKPIs', { partitionKey: 'order_date' });
		this.products = createOnDemandTable(this, 'Products', { partitionKey: 'product_id' });
		this.stockData = createOnDemandTable(this, 'StockData', {
			...{ partitionKey: 'PK', sortKey: 'SK' },
			expiry: expiryAttribute,
		});
		this.own = own.map(({ table, key: [partitionKey, sortKey] }) =>
			createOnDemandTable(this, table, { partitionKey, ...(sortKey === undefined ? {} : { sortKey }) }),
		);
	}

	/** Allows a role to write and delete KPIs, and to find items that it did not write. */
	grantWriteKpis(role: Role): void {
		role.addToPolicy(
			new PolicyStatement({
				actions: ['dynamodb:BatchWriteItem', 'dynamodb:Scan'],
				resources: [this.categoryKpis, this.orderKpis, ...this.own].map(({ tableArn }) => tableArn),
			}),
		);
	}

	/** Allows a role to read the products and to update existing ones. */
	grantUpdateForecasts(role: Role): void {
		role.addToPolicy(
			new PolicyStatement({
				actions: ['dynamodb:Scan', 'dynamodb:UpdateItem'],
				resources: [this.products.tableArn],
			}),
		);
	}

	/** Allows a role to put products, without reading any. */
	grantAddProducts(role: Role): void {
		role.addToPolicy(new PolicyStatement({ actions: ['dynamodb:PutItem'], resources: [this.products.tableArn] }));
	}

	/** Allows a role to check that the tables exist, without reading items. */
	grantDescribe(role: Role): void {
		role.addToPolicy(
			new PolicyStatement({
				actions: ['dynamodb:DescribeTable'],
				resources: [this.categoryKpis, this.orderKpis, this.products, ...this.own].map(({ tableArn }) => tableArn),
			}),
		);
	}
}
