import { AsyncLocalStorage } from 'node:async_hooks';
import { athenaBilledBytes, costOfUsage, type Usage } from './usage';

/** Counts the requests of a task and their cost on AWS: without storage, data transfer and free tiers. */
export class RequestMeter {
	private readonly emulatorOnly = new AsyncLocalStorage<true>();
	private readonly counts = new Map<string, Map<string, number>>();
	private readonly units = { read: 0, write: 0 };
	private readonly athena = { statements: 0, scanned_bytes: 0, billed_bytes: 0 };

	/** Counts one request; `service` and `operation` as the SDK names them (`S3`, `GetObject`). */
	count(service: string, operation: string): void {
		if (this.emulatorOnly.getStore()) return;
		const operations = this.counts.get(service) ?? new Map<string, number>();
		this.counts.set(service, operations.set(operation, (operations.get(operation) ?? 0) + 1));
	}

	/** Does work that only an emulator needs: on AWS its requests would not be sent, so they are not counted. */
	withoutCharge<T>(work: () => Promise<T>): Promise<T> {
		return this.emulatorOnly.run(true, work);
	}

	/** Adds capacity units that DynamoDB reports as consumed. */
	consume(kind: 'read' | 'write', units: number): void {
		this.units[kind] += units;
	}

	/** Adds a statement of Athena by the bytes that it has scanned. */
	scan(bytes: number): void {
		this.athena.statements++;
		this.athena.scanned_bytes += bytes;
		this.athena.billed_bytes += athenaBilledBytes(bytes);
	}

	/** Everything that was counted so far. */
	get usage(): Usage {
		return {
			requests: Object.fromEntries([...this.counts].map(([service, counts]) => [service, Object.fromEntries(counts)])),
			dynamodb: { read_units: this.units.read, write_units: this.units.write },
			athena: { ...this.athena },
		};
	}

	get requests(): number {
		return [...this.counts.values()].flatMap((counts) => [...counts.values()]).reduce((sum, count) => sum + count, 0);
	}

	/** Dollars, rounded to a hundred-thousandth of a cent. */
	get costUsd(): number {
		const dollars = Object.values(costOfUsage(this.usage)).reduce((sum, usd) => sum + usd, 0);
		return Math.round(dollars * 1e7) / 1e7;
	}

	/** Requests by service and operation, most frequent first. */
	byOperation(): Record<string, number> {
		const named = [...this.counts].flatMap(([service, counts]) =>
			[...counts].map(([operation, count]) => [`${service}.${operation}`, count] as const),
		);
		return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
	}
}
