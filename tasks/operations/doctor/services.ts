import type { TaskContext } from '../../context';
import { ConfigurationError } from '../../platform/errors';
import type { HealthCheck } from './health-check';

/** Checks the Glue database and crawler, which `crawl` and Athena need. */
export function glue({ aws, config }: TaskContext): HealthCheck[] {
	return [
		{
			name: 'glue database',
			run: async () => {
				const { GetDatabaseCommand } = await import('@aws-sdk/client-glue');
				await (await aws.glue()).send(new GetDatabaseCommand({ Name: config.database }));
				return config.database;
			},
		},
		{
			name: 'glue crawler',
			skip: config.crawler === undefined ? 'no crawler is configured' : undefined,
			run: async () => {
				const { GetCrawlerCommand } = await import('@aws-sdk/client-glue');
				const { Crawler } = await (await aws.glue()).send(new GetCrawlerCommand({ Name: config.crawler }));
				return `${config.crawler} is ${Crawler?.State}`;
			},
		},
	];
}

/** Checks the DynamoDB tables of the KPIs and of the product catalogue. */
export const dynamodb = ({ aws, config }: TaskContext): HealthCheck[] =>
	[config.categoryKpisTable, config.orderKpisTable, config.productsTable].map((name) => ({
		name: `dynamodb ${name}`,
		run: async () => {
			const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
			const { Table } = await (await aws.dynamodb()).send(new DescribeTableCommand({ TableName: name }));
			return `${Table?.TableStatus}`;
		},
	}));

/** Checks the workgroup of `query --engine athena`. */
export const athena = ({ aws, config }: TaskContext): HealthCheck => ({
	name: 'athena workgroup',
	run: async () => {
		const { GetWorkGroupCommand } = await import('@aws-sdk/client-athena');
		const { WorkGroup } = await (await aws.athena()).send(new GetWorkGroupCommand({ WorkGroup: config.workgroup }));
		const { OutputLocation } = WorkGroup?.Configuration?.ResultConfiguration ?? {};
		if (WorkGroup?.State !== 'ENABLED' || !OutputLocation) {
			throw new ConfigurationError(
				`Workgroup ${config.workgroup} is ${WorkGroup?.State} and writes to ${OutputLocation ?? 'nowhere'}: set SHOPLAKE_WORKGROUP to the stack's.`,
			);
		}
		return `${config.workgroup} writes to ${OutputLocation}`;
	},
});
