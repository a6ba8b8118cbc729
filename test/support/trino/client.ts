import { setTimeout as sleep } from 'node:timers/promises';
import { doubleText, timestampText } from '../../../tasks/query/query-result';

/** What Trino says of a statement that failed. */
export class TrinoError extends Error {
	constructor(
		readonly kind: string,
		/** Such as `TYPE_MISMATCH`. */
		override readonly name: string,
		message: string,
	) {
		super(message);
	}
}

/** One page of Trino's client protocol. */
interface Page {
	readonly nextUri?: string;
	readonly columns?: readonly { readonly name: string; readonly type: string }[];
	readonly data?: readonly (readonly unknown[])[];
	readonly error?: { readonly errorType: string; readonly errorName: string; readonly message: string };
}

/** How long a statement waits for a node to be available, in milliseconds. */
const nodesMs = 60_000;

/** Trino by its HTTP protocol, in UTC. */
export class TrinoClient {
	constructor(
		private readonly endpoint: string,
		private readonly session: { readonly catalog: string; readonly schema: string },
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
		const { catalog, schema } = this.session;
		const headers = {
			'X-Trino-User': 'test',
			'X-Trino-Catalog': catalog,
			'X-Trino-Schema': schema,
			'X-Trino-Time-Zone': 'UTC',
			// Without it, timestamps come rounded to milliseconds.
			'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
		};
		const rows: (string | null)[][] = [];
		let page = await readPage(fetch(`${this.endpoint}/v1/statement`, { method: 'POST', headers, body: sql }));
		for (let types: string[] | undefined; ; page = await readPage(fetch(page.nextUri ?? '', { headers }))) {
			if (page.error) throw new TrinoError(page.error.errorType, page.error.errorName, page.error.message);
			types ??= page.columns?.map(({ type }) => type);
			for (const row of page.data ?? []) rows.push(row.map((value, index) => toText(value, types?.[index] ?? '')));
			if (page.nextUri === undefined) return rows;
		}
	}
}

async function readPage(answer: Promise<Response>): Promise<Page> {
	const response = await answer;
	// "Too busy": the protocol's way to say so while it starts.
	if (response.status === 503) {
		await sleep(50);
		throw new TrinoError('INTERNAL_ERROR', 'SERVER_STARTING_UP', 'Trino answers 503.');
	}
	if (!response.ok) throw new Error(`Trino answers ${response.status}: ${await response.text()}`);
	return (await response.json()) as Page;
}

function toText(value: unknown, type: string): string | null {
	if (value === null || value === undefined) return null;
	if (type === 'double' || type === 'real') return doubleText(String(value));
	return type.startsWith('timestamp') ? timestampText(String(value)) : String(value);
}
