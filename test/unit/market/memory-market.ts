import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Consumer } from '../../../tasks/market/consume-file';

/** A versioned bucket in memory; each write returns the event that S3 sends. */
export class MemoryBucket {
	readonly name = 'quotes';
	private readonly versions: { id: string; key: string; content: Buffer; at: Date }[] = [];

	/** Writes an object at an instant; returns the message that S3 sends. */
	put(key: string, content: string | Uint8Array, at: Date): string {
		const number = this.versions.length + 1;
		this.versions.push({ id: `v${number}`, key, content: Buffer.from(content), at });
		const object = {
			key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'),
			versionId: `v${number}`,
			sequencer: number.toString(16).toUpperCase().padStart(10, '0'),
			eTag: md5Etag(Buffer.from(content)),
		};
		const record = { eventName: 'ObjectCreated:Put', s3: { bucket: { name: this.name }, object } };
		return JSON.stringify({ Records: [record] });
	}

	/** Deletes all versions of a key. */
	purge(key: string): void {
		for (const version of this.versions.filter((one) => one.key === key)) {
			this.versions.splice(this.versions.indexOf(version), 1);
		}
	}

	keys(prefix: string): string[] {
		return [...new Set(this.versions.map(({ key }) => key))].filter((key) => key.startsWith(prefix)).sort();
	}

	/** The newest content of a key. */
	text(key: string): string {
		return this.newest(key)?.content.toString() ?? '';
	}

	readonly s3: Pick<S3Client, 'send'> = { send: (command: unknown) => this.answer(command as Command) } as never;

	private newest = (key: string) => this.versions.findLast((version) => version.key === key);

	private async answer(command: Command) {
		const { input } = command;
		if (command.constructor.name === 'PutObjectCommand') {
			this.put(input.Key, input.Body ?? '', new Date());
			return {};
		}
		const found = input.VersionId
			? this.versions.find(({ id, key }) => id === input.VersionId && key === input.Key)
			: this.newest(input.Key);
		if (!found) throw Object.assign(new Error('no such object'), { name: 'NoSuchKey' });
		return {
			ContentLength: found.content.length,
			ETag: `"${md5Etag(found.content)}"`,
			VersionId: found.id,
			// S3 has whole seconds.
			LastModified: new Date(Math.floor(found.at.getTime() / 1000) * 1000),
			Body: Readable.from([found.content]),
		};
	}
}

interface Command {
	readonly constructor: { readonly name: string };
	readonly input: { readonly Key: string; readonly VersionId?: string; readonly Body?: string };
}

const md5Etag = (content: Buffer) => createHash('md5').update(content).digest('hex');

type Value = { readonly S?: string; readonly N?: string };
interface Statement {
	readonly Statement: string;
	readonly Parameters: readonly Value[];
	readonly ReturnValuesOnConditionCheckFailure?: string;
}

/** The table of quotes in memory, with the two statements that it is written by. `fail` may refuse a statement. */
export class MemoryTable {
	readonly items = new Map<string, Readonly<Record<string, string>>>();
	requests = 0;
	fail: (statement: string) => string | undefined = () => undefined;
	/** Whether the response of the next request is lost, so that the SDK sends it again by itself. */
	losesResponse: () => boolean = () => false;

	/** `ticker second: open high low close volume`, in order. */
	rows(): string[] {
		return [...this.items.values()]
			.map(({ PK, SK, open, high, low, close, volume }) => `${PK} ${SK}: ${open} ${high} ${low} ${close} ${volume}`)
			.sort();
	}

	readonly dynamodb: Pick<DynamoDBClient, 'send'> = {
		send: (command: unknown) => this.answer(command as never),
	} as never;

	private async answer({ input }: { input: { Statements: Statement[] } }) {
		const responses = () => input.Statements.map((statement) => this.respond(statement));
		let attempts = 1;
		for (this.requests++; this.losesResponse(); attempts++) responses();
		return { $metadata: { attempts }, Responses: responses() };
	}

	private respond({ Statement, Parameters, ReturnValuesOnConditionCheckFailure }: Statement) {
		const Code = this.fail(Statement) ?? this.execute(Statement, Parameters);
		if (Code === undefined) return {};
		const Item = ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? this.oldImage(Statement, Parameters) : undefined;
		return { Error: { Code, Message: Code, ...(Item ? { Item } : {}) } };
	}

	private oldImage(statement: string, parameters: readonly Value[]) {
		const { PK, SK } = parameterValues(statement, parameters);
		const item = this.items.get(`${PK} ${SK}`);
		return item && Object.fromEntries(Object.entries(item).map(([name, S]) => [name, { S }]));
	}

	private execute(statement: string, parameters: readonly Value[]): string | undefined {
		const values = parameterValues(statement, parameters);
		const key = `${values.PK} ${values.SK}`;
		const there = this.items.get(key);
		if (statement.startsWith('INSERT')) {
			if (there) return 'DuplicateItem';
		} else if (!(there?.version !== undefined && there.version < (values.version ?? ''))) {
			return 'ConditionalCheckFailed';
		}
		this.items.set(key, values);
		return undefined;
	}
}

/** The parameters of a statement by the names of their attributes. */
function parameterValues(statement: string, parameters: readonly Value[]): Record<string, string> {
	const names = [...statement.matchAll(/['"](\w+)['"](?=:| =| <)/g)].map(([, name = '']) => name);
	return Object.fromEntries(names.map((name, index) => [name, parameters[index]?.S ?? parameters[index]?.N ?? '']));
}

/** A consumer of a bucket into a table that never waits long. */
export const makeConsumer = (bucket: MemoryBucket, table: MemoryTable): Consumer => ({
	s3: bucket.s3,
	dynamodb: table.dynamodb,
	table: 'StockData',
	retentionDays: 0,
	consumed: () => undefined,
	random: () => 0,
	signal: new AbortController().signal,
});

/** A file of quotes; each row is everything after the ticker. */
export const csv = (ticker: string, ...rows: readonly string[]): string =>
	['ticker,timestamp,open,high,low,close,volume', ...rows.map((row) => `${ticker},${row}`)]
		.map((line) => `${line}\n`)
		.join('');
