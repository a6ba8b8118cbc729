import { costOfTask } from '../../tasks/operations/cost';
import { listedPrices as prices } from '../../tasks/platform/aws/prices';
import { large, small } from '../tasks/task-step';
import { billedSeconds } from './batch-path';
import { type CostLine, daysOfMonth, gigabyte, hoursOfMonth } from './cost-line';
import type { MeteredDay } from './measured';
import { scaleDay, stepOf } from './scale-day';
import type { Standing } from './standing';

const secondsOfDay = 86_400;
/** Firehose bills each record in steps of so many bytes. */
const firehoseStep = 5 * 1024;
/** A record of the transform and of an object, in bytes, about. */
const recordBytes = 1000;
/** The busiest second, in means. */
const peak = 3;
/** What a shard takes in a second. */
const shardRecords = 1000;
/** A function's memory in GB, and seconds of an invocation, about. */
const [memory, transformSeconds, answerSeconds] = [0.5, 0.2, 0.02];
/** An access log's line, in bytes, about. */
const logLine = 250;

/** The shards that so many changes a day need. */
export const countShards = (changes: number): number =>
	Math.max(1, Math.ceil((changes * peak) / secondsOfDay / shardRecords));

const firehose = (records: number) => ((records * firehoseStep) / gigabyte) * daysOfMonth * prices.firehose_gb;
/** Objects a day: one each so many seconds, or more if a buffer fills up sooner. */
const objects = (records: number, buffer: { readonly seconds: number; readonly mebibytes: number }): number =>
	Math.max(Math.min(records, secondsOfDay / buffer.seconds), (records * recordBytes) / (buffer.mebibytes * 1024 ** 2));

/** Of the pipeline of live orders, with so many changes of `OrderTable` a day in each column. */
export function liveOrderLines(
	changes: readonly number[],
	metered: readonly [MeteredDay, MeteredDay],
	{ alarms }: Standing,
): CostLine[] {
	const each = (cost: (changes: number) => number) => changes.map(cost);
	return [
		{
			what: 'Kinesis, shards',
			how: `${changes.map(countShards).join(', ')}: one takes ${shardRecords.toLocaleString('en')} records a second; the stack has one`,
			usd: each((count) => countShards(count) * hoursOfMonth * prices.kinesis_shard_hour),
		},
		{
			what: 'Kinesis, records',
			how: '$0.014 a million',
			usd: each((count) => count * daysOfMonth * prices.kinesis_put_unit),
		},
		{
			what: 'Pipe',
			how: 'a request a second, or 100 records',
			usd: each((count) => Math.max(Math.min(count, secondsOfDay), count / 100) * daysOfMonth * prices.pipe_request),
		},
		{
			what: 'Firehose',
			how: 'each record counts as 5 KB',
			usd: each(firehose),
		},
		{
			what: 'Lambda, the transform',
			how: `a request each 5 seconds, or 1 MB; ${transformSeconds} s of ${memory} GB each`,
			usd: each((count) => {
				const requests = objects(count, { seconds: 5, mebibytes: 1 }) * daysOfMonth;
				return requests * (prices.lambda_request + memory * transformSeconds * prices.lambda_gb_second);
			}),
		},
		{
			what: 'S3, delivered objects',
			how: 'one each 15 seconds, or 5 MB',
			usd: each((count) => objects(count, { seconds: 15, mebibytes: 5 }) * daysOfMonth * prices.s3_write_request),
		},
		{
			what: 'alarms',
			how: `${alarms.liveOrders} beyond the free ones`,
			usd: each(() => alarms.liveOrders * prices.cloudwatch_alarm_month),
		},
		{
			what: 'its DAG, `shoplake_streams`',
			how: 'each hour three large and two small tasks, with their addresses',
			usd: each((count) => costOfHour(scaleDay(metered, count / 24)) * hoursOfMonth),
		},
		{
			what: 'OrderTable, a write a change',
			how: 'the shop writes them',
			usd: each((count) => count * daysOfMonth * prices.dynamodb_write_unit),
		},
	];
}

/** Of `stream seal`, which does what `ingest` does, `clean`, `aggregate`, `crawl` and `stream alarms`. */
function costOfHour(hour: MeteredDay): number {
	const tasks = [
		...['ingest', 'clean', 'aggregate'].map((step) => ({
			size: large,
			seconds: billedSeconds(stepOf(hour, step), large),
		})),
		{ size: small, seconds: billedSeconds(stepOf(hour, 'crawl'), small) },
		{ size: small, seconds: 0 },
	];
	return tasks
		.map(({ size, seconds }) => costOfTask({ vcpu: size.cpu / 1024, gib: size.memoryMiB / 1024, seconds }))
		.reduce((sum, cost) => sum + cost.Fargate + cost['public addresses'], 0);
}

/** Of events by HTTP, so many a day in each column, one a request. */
export function httpEntryLines(events: readonly number[]): CostLine[] {
	const each = (cost: (events: number) => number) => events.map((count) => cost(count * daysOfMonth));
	return [
		{ what: 'API Gateway', how: '$1 a million requests', usd: each((count) => count * prices.http_api_request) },
		{
			what: 'Lambda',
			how: `${answerSeconds} s of ${memory} GB a request`,
			usd: each((count) => count * (prices.lambda_request + memory * answerSeconds * prices.lambda_gb_second)),
		},
		{
			what: 'access log',
			how: `${logLine} bytes a request`,
			usd: each((count) => ((count * logLine) / gigabyte) * prices.cloudwatch_log_gb),
		},
		{ what: 'Firehose', how: 'each event counts as 5 KB', usd: events.map(firehose) },
		{
			what: 'S3, delivered objects',
			how: 'one a minute, or 16 MB',
			usd: events.map(
				(count) => objects(count, { seconds: 60, mebibytes: 16 }) * daysOfMonth * prices.s3_write_request,
			),
		},
	];
}
