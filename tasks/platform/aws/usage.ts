import { listedPrices, type PriceList, type PriceName } from './prices';

/** What a process has used of AWS, as the services bill it. */
export interface Usage {
	/** Requests by service and operation as the SDK names them: `S3`, `GetObject`. Tries that failed are requests, too. */
	readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
	/** Request units of DynamoDB's on-demand tables. */
	readonly dynamodb: { readonly read_units: number; readonly write_units: number };
	readonly athena: { readonly statements: number; readonly scanned_bytes: number; readonly billed_bytes: number };
}

/** What AWS bills a statement of Athena for: whole MiB, at least ten. */
export const athenaBilledBytes = (scannedBytes: number): number =>
	Math.max(10, Math.ceil(scannedBytes / 1024 ** 2)) * 1024 ** 2;

/** Dollars for a statement of Athena that has scanned so many bytes. */
export const costOfStatement = (scannedBytes: number, list: PriceList = listedPrices): number =>
	(athenaBilledBytes(scannedBytes) / 1024 ** 4) * list.athena_tib_scanned;

/** Requests that cost nothing. */
const free = ['S3.DeleteObject', 'S3.DeleteObjects', 'S3.AbortMultipartUpload'];
/** The services whose requests cost the same, whatever they do. Firehose and Kinesis bill what is put, not requests. */
const byService: Readonly<Record<string, PriceName>> = {
	S3: 's3_write_request',
	Glue: 'glue_request',
	SQS: 'sqs_request',
	SNS: 'sns_request',
	CloudWatch: 'cloudwatch_request',
};
const byOperation: Readonly<Record<string, PriceName>> = {
	'S3.GetObject': 's3_read_request',
	'S3.HeadObject': 's3_read_request',
	'S3.HeadBucket': 's3_read_request',
};

/** Dollars for a request; 0 where the service bills something else. */
export function costOfRequest(service: string, operation: string, list: PriceList = listedPrices): number {
	const name = `${service}.${operation}`;
	const price = free.includes(name) ? undefined : (byOperation[name] ?? byService[service]);
	return price === undefined ? 0 : list[price];
}

/** Dollars by service, as the names of the SDK; services that cost nothing are left out. */
export function costOfUsage({ requests, dynamodb, athena }: Usage, list: PriceList = listedPrices) {
	const costs = new Map<string, number>();
	const add = (service: string, usd: number) => usd > 0 && costs.set(service, (costs.get(service) ?? 0) + usd);
	for (const [service, operations] of Object.entries(requests)) {
		for (const [operation, count] of Object.entries(operations)) {
			add(service, count * costOfRequest(service, operation, list));
		}
	}
	add('DynamoDB', dynamodb.read_units * list.dynamodb_read_unit + dynamodb.write_units * list.dynamodb_write_unit);
	add('Athena', (athena.billed_bytes / 1024 ** 4) * list.athena_tib_scanned);
	return Object.fromEntries(costs);
}
