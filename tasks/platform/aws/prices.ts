/** The prices that costs are computed by: on demand, in US dollars, without taxes, free tiers and discounts. */
export const priceRegion = 'us-east-1';
/** When they were taken from the pages that each price names. */
export const priceDate = '2026-11-29';

/** A price for one unit; its page is the one on which AWS publishes it. */
export interface Price {
	readonly usd: number;
	readonly unit: string;
	readonly page: string;
}

const page = (service: string): string => `https://aws.amazon.com/${service}/pricing/`;
const pages = {
	s3: page('s3'),
	glue: page('glue'),
	athena: page('athena'),
	dynamodb: page('dynamodb'),
	fargate: page('fargate'),
	vpc: page('vpc'),
	privatelink: page('privatelink'),
	sqs: page('sqs'),
	sns: page('sns'),
	kms: page('kms'),
	cloudwatch: page('cloudwatch'),
	eventbridge: page('eventbridge'),
	ecr: page('ecr'),
	lambda: page('lambda'),
	kinesis: page('kinesis/data-streams'),
	firehose: page('firehose'),
	apiGateway: page('api-gateway'),
	ec2: page('ec2/on-demand').replace('/on-demand/pricing/', '/pricing/on-demand/'),
	ebs: page('ebs'),
	mwaa: page('managed-workflows-for-apache-airflow'),
} as const;

/** Every price by its name, under which `shoplake cost --prices` replaces it. */
export const prices = {
	s3_write_request: { usd: 5e-6, unit: 'PUT, COPY, POST or LIST', page: pages.s3 },
	s3_read_request: { usd: 0.4e-6, unit: 'GET or HEAD', page: pages.s3 },
	s3_gb_month: { usd: 0.023, unit: 'GB and month', page: pages.s3 },
	glue_request: { usd: 1e-6, unit: 'request', page: pages.glue },
	athena_tib_scanned: { usd: 5, unit: 'TiB scanned', page: pages.athena },
	dynamodb_write_unit: { usd: 0.625e-6, unit: 'write request unit', page: pages.dynamodb },
	dynamodb_read_unit: { usd: 0.125e-6, unit: 'read request unit', page: pages.dynamodb },
	dynamodb_gb_month: { usd: 0.25, unit: 'GB and month', page: pages.dynamodb },
	dynamodb_recovery_gb_month: { usd: 0.2, unit: 'GB and month of point-in-time recovery', page: pages.dynamodb },
	fargate_vcpu_hour: { usd: 0.04048, unit: 'vCPU and hour', page: pages.fargate },
	fargate_gb_hour: { usd: 0.004445, unit: 'GB of memory and hour', page: pages.fargate },
	fargate_disk_gb_hour: { usd: 0.000111, unit: 'GB of disk beyond 20 GB and hour', page: pages.fargate },
	address_hour: { usd: 0.005, unit: 'public IPv4 address and hour', page: pages.vpc },
	nat_hour: { usd: 0.045, unit: 'NAT gateway and hour', page: pages.vpc },
	endpoint_hour: { usd: 0.01, unit: 'interface endpoint, zone and hour', page: pages.privatelink },
	sqs_request: { usd: 0.4e-6, unit: 'request', page: pages.sqs },
	sns_request: { usd: 0.5e-6, unit: 'request', page: pages.sns },
	kms_key_month: { usd: 1, unit: 'key and month', page: pages.kms },
	kms_request: { usd: 3e-6, unit: 'request', page: pages.kms },
	cloudwatch_alarm_month: { usd: 0.1, unit: 'alarm and month', page: pages.cloudwatch },
	cloudwatch_metric_month: { usd: 0.3, unit: 'metric and month', page: pages.cloudwatch },
	cloudwatch_dashboard_month: { usd: 3, unit: 'dashboard and month', page: pages.cloudwatch },
	cloudwatch_log_gb: { usd: 0.5, unit: 'GB of log', page: pages.cloudwatch },
	cloudwatch_request: { usd: 10e-6, unit: 'request', page: pages.cloudwatch },
	scheduler_start: { usd: 1e-6, unit: 'start', page: pages.eventbridge },
	pipe_request: { usd: 0.4e-6, unit: 'request of up to 64 KB', page: pages.eventbridge },
	ecr_gb_month: { usd: 0.1, unit: 'GB and month', page: pages.ecr },
	lambda_request: { usd: 0.2e-6, unit: 'request', page: pages.lambda },
	lambda_gb_second: { usd: 13.3334e-6, unit: 'GB and second on arm64', page: pages.lambda },
	kinesis_shard_hour: { usd: 0.015, unit: 'shard and hour', page: pages.kinesis },
	kinesis_put_unit: { usd: 0.014e-6, unit: 'record of up to 25 KB', page: pages.kinesis },
	firehose_gb: { usd: 0.029, unit: 'GB, each record in steps of 5 KB', page: pages.firehose },
	http_api_request: { usd: 1e-6, unit: 'request of up to 512 KB', page: pages.apiGateway },
	ec2_t4g_medium_hour: { usd: 0.0336, unit: 'hour of a t4g.medium', page: pages.ec2 },
	ebs_gb_month: { usd: 0.08, unit: 'GB and month', page: pages.ebs },
	mwaa_small_hour: { usd: 0.49, unit: 'hour of an mw1.small environment', page: pages.mwaa },
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof prices;
/** US dollars for one unit of each. */
export type PriceList = Readonly<Record<PriceName, number>>;

export const priceNames = Object.keys(prices) as PriceName[];
/** The table's prices, without their sources. */
export const listedPrices = Object.fromEntries(priceNames.map((name) => [name, prices[name].usd])) as PriceList;
