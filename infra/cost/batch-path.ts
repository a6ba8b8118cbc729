import { costOfTask } from '../../tasks/operations/cost';
import { listedPrices as prices } from '../../tasks/platform/aws/prices';
import { costOfUsage } from '../../tasks/platform/aws/usage';
import { large, medium, small } from '../tasks/task-step';
import { taskSteps } from '../tasks/task-steps';
import { type CostLine, daysOfMonth, gigabyte } from './cost-line';
import type { MeteredDay, MeteredStep } from './measured';
import { stepOf } from './scale-day';
import type { Standing } from './standing';

/** Fargate bills from the pull of the image on. */
export const startSeconds = 30;
/** A vCPU of Fargate is a thread, half of a core like those that metered. */
export const slowdown = 2;
/** What every account has free each month, for ever. */
export const allowances = { alarms: 10, metrics: 10, dashboards: 3, sqsRequests: 1e6, logGigabytes: 5 };
/** A Pipe and a function poll their queues so often a month, also if nothing comes. */
export const polls = { pipe: 650_000, consumer: 300_000 };
/** An upper bound of what a day's tasks write to their log. */
const logBytesOfDay = 1e6;
const imageGigabytes = 0.072;

interface Size {
	readonly cpu: number;
	readonly memoryMiB: number;
}

/** Seconds that Fargate bills for a metered step. */
export const billedSeconds = ({ cpu_seconds }: MeteredStep, { cpu }: Size): number =>
	startSeconds + (slowdown * cpu_seconds) / Math.min(1, cpu / 1024);

const costOf = ({ cpu, memoryMiB }: Size, seconds: number) =>
	costOfTask({ vcpu: cpu / 1024, gib: memoryMiB / 1024, seconds });

/** Of one run of `shoplake run` a day, without Airflow. */
export const singleTask = (days: readonly MeteredDay[]): CostLine[] => {
	const costs = days.map((day) => costOf(large, billedSeconds(stepOf(day, 'run'), large)));
	return fargateLines(costs, 'one large task a day, `shoplake run`');
};

/** The steps of the DAG `shoplake_daily` that are metered. */
const dailySteps = ['ingest', 'clean', 'aggregate', 'crawl', 'load-kpis'] as const;
/** What no size changes: the report, and the three tasks of `shoplake_maintenance`, a minute each. */
const shortTasks = [medium, small, small, small];

/** Of the DAGs `shoplake_daily` and `shoplake_maintenance`. */
export const taskEachStep = (days: readonly MeteredDay[]): CostLine[] => {
	const costs = days.map((day) => {
		const metered = dailySteps.map((step) =>
			costOf(taskSteps[step], billedSeconds(stepOf(day, step), taskSteps[step])),
		);
		const all = [...metered, ...shortTasks.map((size) => costOf(size, 0))];
		const sum = (name: keyof (typeof all)[number]) => all.reduce((total, cost) => total + cost[name], 0);
		return { Fargate: sum('Fargate'), 'public addresses': sum('public addresses') };
	});
	return fargateLines(costs, `${dailySteps.length + shortTasks.length} tasks a day, one a step`);
};

const fargateLines = (costs: readonly ReturnType<typeof costOfTask>[], how: string): CostLine[] => [
	{ what: 'Fargate', how, usd: costs.map(({ Fargate }) => Fargate * daysOfMonth) },
	{
		what: 'public addresses of the tasks',
		how: `$${prices.address_hour} an hour`,
		usd: costs.map((cost) => cost['public addresses'] * daysOfMonth),
	},
];

/** Requests of some steps, and of the uploads. */
export function requestLines(days: readonly MeteredDay[], steps: readonly string[] = dailySteps): CostLine[] {
	const costs = days.map((day) => [...steps, 'generate'].map((name) => usageCost(stepOf(day, name))));
	const line = (service: string, what: string): CostLine => ({
		what,
		how: 'as metered',
		usd: costs.map((ofDay) => ofDay.reduce((sum, cost) => sum + (cost[service] ?? 0), 0) * daysOfMonth),
	});
	return [
		line('S3', 'S3, requests, uploads included'),
		line('Glue', 'Glue, requests'),
		line('DynamoDB', 'DynamoDB, reads and writes'),
	];
}

const usageCost = ({ requests, dynamodb }: MeteredStep): Readonly<Record<string, number>> =>
	costOfUsage({ requests, dynamodb, athena: { statements: 0, scanned_bytes: 0, billed_bytes: 0 } });

/** What starts `shoplake run`. */
export function starterLines(days: readonly MeteredDay[], { alarms, metrics }: Standing): CostLine[] {
	const all = <T>(value: T) => days.map(() => value);
	const polling = polls.pipe * prices.sqs_request;
	return [
		{
			what: 'its schedule',
			how: '14 million starts a month are free',
			usd: all(0),
			free: daysOfMonth * prices.scheduler_start,
		},
		{
			what: 'its Pipe, for uploads that announce themselves',
			how: `polls its queue ${polls.pipe.toLocaleString('en')} times a month; a million are free`,
			usd: all(daysOfMonth * prices.pipe_request),
			free: polling,
		},
		{
			what: 'its alarms and its metric',
			how: `${alarms.dailyRuns} alarms, beyond the ${allowances.alarms} free ones; ten metrics are free`,
			usd: all(alarms.dailyRuns * prices.cloudwatch_alarm_month),
			free: metrics * prices.cloudwatch_metric_month,
		},
	];
}

/** What stands, whether or not anything runs. */
export function standingLines(days: readonly MeteredDay[], { keys, dashboards, alarms }: Standing): CostLine[] {
	const all = (usd: number) => days.map(() => usd);
	const billedAlarms = Math.max(0, alarms.always - allowances.alarms);
	return [
		{ what: 'KMS, the key of the alerts', how: '$1 a key', usd: all(keys * prices.kms_key_month) },
		{
			what: 'alarms',
			how: `${alarms.always} at $${prices.cloudwatch_alarm_month.toFixed(2)}; ${allowances.alarms} are free`,
			usd: all(billedAlarms * prices.cloudwatch_alarm_month),
			free: (alarms.always - billedAlarms) * prices.cloudwatch_alarm_month,
		},
		{
			what: 'dashboard',
			how: `three are free; \`Dashboard=off\` leaves it out`,
			usd: all(0),
			free: dashboards * prices.cloudwatch_dashboard_month,
		},
		{
			what: 'queue of the quotes, which ConsumerLambda polls',
			how: `${polls.consumer.toLocaleString('en')} requests a month or more; a million are free`,
			usd: all(0),
			free: polls.consumer * prices.sqs_request,
		},
		{
			what: 'logs',
			how: 'less than 1 MB a day; 5 GB are free',
			usd: all(0),
			free: ((daysOfMonth * logBytesOfDay) / gigabyte) * prices.cloudwatch_log_gb,
		},
		{ what: 'ECR, one image', how: `${imageGigabytes * 1000} MB`, usd: all(imageGigabytes * prices.ecr_gb_month) },
	];
}

/** S3's storage after so many days, nothing deleted. */
export const storageLine = (
	days: readonly MeteredDay[],
	after: { readonly days: number; readonly what: string },
): CostLine => ({
	what: `S3, storage ${after.what}`,
	how: `$${prices.s3_gb_month} a GB, nothing deleted`,
	usd: days.map((day) => (storedBytes(day) / gigabyte) * after.days * prices.s3_gb_month),
});

/** Bytes that a day adds to the bucket. */
export const storedBytes = ({ stored_bytes }: MeteredDay): number =>
	Object.values(stored_bytes).reduce((sum, bytes) => sum + bytes, 0);
