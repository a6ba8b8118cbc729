import { listedPrices as prices } from '../../tasks/platform/aws/prices';
import { type CostLine, daysOfMonth, gigabyte } from './cost-line';

/** How a deployment sets the parameters `StockCount` and `StockRetentionDays`; 0 keeps quotes for ever. */
export interface MarketSetting {
	readonly stocks: number;
	readonly retentionDays: number;
}

const minutesOfMonth = daysOfMonth * 24 * 60;
const rowsOfFile = 60;
/** A file, and an item with what DynamoDB adds to each, in bytes, about. */
const [fileBytes, itemBytes] = [3400, 240];
/** Of the consumer, for a file. */
const gbSecondsOfFile = 0.025;
/** Messages that one request receives or deletes. */
const messagesOfRequest = 10;
/** The bucket keeps files for so long. */
const fileDays = 30;

/** A month of generated quotes; with quotes that are kept for ever, that of the month after a year. */
export function marketLines(settings: readonly MarketSetting[]): CostLine[] {
	const each = (cost: (files: number, setting: MarketSetting) => number) =>
		settings.map((setting) => cost(setting.stocks * minutesOfMonth, setting));
	return [
		{ what: 'S3, PUT', how: 'a file a stock and minute', usd: each((files) => files * prices.s3_write_request) },
		{ what: 'S3, GET', how: 'once each', usd: each((files) => files * prices.s3_read_request) },
		{
			what: 'S3, storage',
			how: `${fileDays} days of files`,
			usd: each((files) => ((files * fileBytes * fileDays) / daysOfMonth / gigabyte) * prices.s3_gb_month),
		},
		{
			what: 'SQS',
			how: 'sent one by one, received and deleted by up to ten',
			usd: each((files) => files * (1 + 5 / messagesOfRequest) * prices.sqs_request),
		},
		{
			what: 'Lambda',
			how: 'both functions',
			usd: each(
				(files) =>
					(minutesOfMonth + files / messagesOfRequest) * prices.lambda_request +
					files * gbSecondsOfFile * prices.lambda_gb_second,
			),
		},
		{
			what: '**DynamoDB, writes**',
			how: `${rowsOfFile} a file`,
			usd: each((files) => files * rowsOfFile * prices.dynamodb_write_unit),
		},
		{
			what: 'DynamoDB, storage and its recovery',
			how: 'what the retention keeps; a year, if for ever',
			usd: each((files, { retentionDays }) => {
				const months = (retentionDays || 365) / daysOfMonth;
				const gigabytes = (files * rowsOfFile * itemBytes * months) / gigabyte;
				return gigabytes * (prices.dynamodb_gb_month + prices.dynamodb_recovery_gb_month);
			}),
		},
	];
}
