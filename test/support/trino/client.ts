import { setTimeout as sleep } from 'node:timers/promises';
import { doubleText, timestampText } from '../../../tasks/query/query-result';
import { readPages, TrinoError, type TrinoSession } from './pages';

/** How long a statement waits for a node to be available, in milliseconds. */
const nodesMs = 300_000;

/** Trino by its HTTP protocol. */
export class TrinoClient {
	constructor(
		private readonly endpoint: string,
		private readonly session: TrinoSession,
	) {}

	/** The rows of a statement, values as `query` writes them. Throws TrinoError. */
	async rows(sql: string): Promise<(string | null)[][]> {
		for (const deadline = Date.now() + nodesMs; ; await sleep(500)) {
			try {
				return await this.once(sql);
			} catch (error) {
				// On a busy machine a node misses a heartbeat and is left out for a moment; the statement has not run.
				if (!(error instanceof TrinoError && error.name === 'NO_NODES_AVAILABLE') || Date.now() > deadline) throw error;
			}
		}
	}

	private async once(sql: string): Promise<(string | null)[][]> {
		const found: (string | null)[][] = [];
		let types: string[] | undefined;
		for await (const { columns, rows } of readPages(this.endpoint, sql, this.session)) {
			types ??= columns?.map(({ type }) => type);
			for (const row of rows) found.push(row.map((value, index) => toText(value, types?.[index] ?? '')));
		}
		return found;
	}
}

function toText(value: string | null, type: string): string | null {
	if (value === null) return null;
	if (type === 'double' || type === 'real') return doubleText(value);
	return type.startsWith('timestamp') ? timestampText(value) : value;
}
