/** The part of a template that says what stands. */
export interface StackTemplate {
	readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Condition?: string }>>;
}

/** What a deployment keeps, and AWS bills by the month. */
export interface Standing {
	readonly keys: number;
	readonly dashboards: number;
	readonly alarms: {
		readonly always: number;
		/** With `DailyRunHour`. */
		readonly dailyRuns: number;
		/** With `LiveOrders`. */
		readonly liveOrders: number;
		/** With `FreshnessAlarm`, `AlertsWebhook`. */
		readonly others: number;
	};
	/** Metrics that a filter counts in a log, with `DailyRunHour`. */
	readonly metrics: number;
	/** Resources that AWS bills by the hour, whatever the options: their types. */
	readonly byTheHour: readonly string[];
}

/** Billed by the hour. A shard exists only with `LiveOrders`. */
const hourly = [
	'AWS::EC2::NatGateway',
	'AWS::EC2::Instance',
	'AWS::Kinesis::Stream',
	'AWS::MWAA::Environment',
	'AWS::RDS::DBInstance',
	'AWS::ElasticLoadBalancingV2::LoadBalancer',
	'AWS::SecretsManager::Secret',
];

/** Counts it in the template of the stack. */
export function countStanding({ Resources }: StackTemplate): Standing {
	const resources = Object.values(Resources);
	const count = (type: string, isCounted: (condition: string) => boolean = () => true) =>
		resources.filter(({ Type, Condition = '' }) => Type === type && isCounted(Condition)).length;
	const alarms = (isCounted: (condition: string) => boolean) => count('AWS::CloudWatch::Alarm', isCounted);
	const [always, dailyRuns, liveOrders] = [
		alarms((condition) => condition === ''),
		alarms((condition) => condition.startsWith('DailyRuns')),
		alarms((condition) => condition.startsWith('LiveOrders')),
	];
	return {
		keys: count('AWS::KMS::Key'),
		dashboards: count('AWS::CloudWatch::Dashboard'),
		alarms: { always, dailyRuns, liveOrders, others: alarms(() => true) - always - dailyRuns - liveOrders },
		metrics: count('AWS::Logs::MetricFilter'),
		byTheHour: resources.filter(({ Type, Condition }) => !Condition && hourly.includes(Type)).map(({ Type }) => Type),
	};
}
