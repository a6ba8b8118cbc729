import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * On-demand prices in US dollars, us-east-1, November 2026, from the services' public price pages.
 * Requests only: storage, data transfer and free tiers are left out.
 */
const perRequest: Readonly<Record<string, number>> = {
	'S3.GetObject': 0.4e-6,
	'S3.HeadObject': 0.4e-6,
	'S3.PutObject': 5e-6,
	'S3.CreateMultipartUpload': 5e-6,
	'S3.UploadPart': 5e-6,
	'S3.CompleteMultipartUpload': 5e-6,
	'S3.CopyObject': 5e-6,
	'S3.PutObjectTagging': 5e-6,
	'S3.ListObjectsV2': 5e-6,
	'S3.ListObjectVersions': 5e-6,
	'S3.DeleteObjects': 0,
	'Glue.*': 1e-6,
};

/** Athena's bill for a query: by bytes scanned, in whole MiB, at least ten. */
const athenaScan = { dollarsPerByte: 5 / 1024 ** 4, unit: 1024 ** 2, leastBytes: 10 * 1024 ** 2 };

/** Dollars for a statement of Athena that has scanned so many bytes. */
export function costOfStatement(scannedBytes: number): number {
	const { dollarsPerByte, unit, leastBytes } = athenaScan;
	return Math.max(leastBytes, Math.ceil(scannedBytes / unit) * unit) * dollarsPerByte;
}

/** Dollars for one write or read request unit of an on-demand table. */
const dynamodbUnits = { write: 0.625e-6, read: 0.125e-6 };

/** Counts the requests of a task and their cost on AWS. */
export class RequestMeter {
	private readonly emulatorOnly = new AsyncLocalStorage<true>();
	private readonly counts = new Map<string, number>();
	private dollars = 0;

	/** Counts one request; `service` and `operation` as the SDK names them (`S3`, `GetObject`). */
	count(service: string, operation: string): void {
		if (this.emulatorOnly.getStore()) return;
		const name = `${service}.${operation}`;
		this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
		this.dollars += perRequest[name] ?? perRequest[`${service}.*`] ?? 0;
	}

	/** Does work that only an emulator needs: on AWS its requests would not be sent, so they are not counted. */
	withoutCharge<T>(work: () => Promise<T>): Promise<T> {
		return this.emulatorOnly.run(true, work);
	}

	/** Adds capacity units that DynamoDB reports as consumed. */
	consume(kind: keyof typeof dynamodbUnits, units: number): void {
		this.dollars += units * dynamodbUnits[kind];
	}

	/** Adds a statement of Athena by the bytes that it has scanned. */
	scan(bytes: number): void {
		this.dollars += costOfStatement(bytes);
	}

	get requests(): number {
		return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
	}

	/** Dollars, rounded to a hundred-thousandth of a cent. */
	get costUsd(): number {
		return Math.round(this.dollars * 1e7) / 1e7;
	}

	/** Requests by service and operation, most frequent first. */
	byOperation(): Record<string, number> {
		return Object.fromEntries([...this.counts].sort((a, b) => b[1] - a[1]));
	}
}
