import { setTimeout as sleep } from 'node:timers/promises';
import { splitItems, splitMembers } from '../../../tasks/platform/json-members';

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

/** Where and how a statement runs. */
export interface TrinoSession {
	readonly catalog: string;
	readonly schema: string;
	/** Session properties as `catalog.name=value`. */
	readonly properties?: readonly string[];
}

export interface TrinoColumn {
	readonly name: string;
	readonly type: string;
}

/** One page of Trino's client protocol. */
export interface TrinoPage {
	/** Where the next one is; a DELETE of it ends the statement. */
	readonly nextUri?: string;
	readonly columns?: readonly TrinoColumn[];
	readonly stats?: { readonly physicalInputBytes?: number };
	/** Values as text, numbers with every digit; null is SQL's null. */
	readonly rows: readonly (readonly (string | null)[])[];
}

/** Pages of a statement as Trino answers it, in UTC. Throws TrinoError. */
export async function* readPages(endpoint: string, sql: string, session: TrinoSession): AsyncGenerator<TrinoPage> {
	const { catalog, schema, properties = [] } = session;
	const headers = {
		'X-Trino-User': 'test',
		'X-Trino-Catalog': catalog,
		'X-Trino-Schema': schema,
		'X-Trino-Time-Zone': 'UTC',
		// Without it, timestamps come rounded to milliseconds.
		'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
		...(properties.length > 0 ? { 'X-Trino-Session': properties.join(',') } : {}),
	};
	let page = await readPage(fetch(`${endpoint}/v1/statement`, { method: 'POST', headers, body: sql }));
	for (; ; page = await readPage(fetch(page.nextUri ?? '', { headers }))) {
		yield page;
		if (page.nextUri === undefined) return;
	}
}

async function readPage(answer: Promise<Response>): Promise<TrinoPage> {
	const response = await answer;
	// "Too busy": the protocol's way to say so while it starts.
	if (response.status === 503) {
		await sleep(50);
		throw new TrinoError('INTERNAL_ERROR', 'SERVER_STARTING_UP', 'Trino answers 503.');
	}
	const text = await response.text();
	if (!response.ok) throw new Error(`Trino answers ${response.status}: ${text}`);
	const { nextUri, columns, stats, error } = JSON.parse(text);
	if (error) throw new TrinoError(error.errorType, error.errorName, error.message);
	const data = splitMembers(text).find(([name]) => name === 'data')?.[1];
	return { nextUri, columns, stats, rows: data === undefined ? [] : splitItems(data).map(readRow) };
}

/** `JSON.parse` would round numbers beyond 2^53. */
const readRow = (row: string): (string | null)[] =>
	splitItems(row).map((value) => (value === 'null' ? null : value.startsWith('"') ? JSON.parse(value) : value));
