import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { DeleteTableCommand, type GlueClient } from '@aws-sdk/client-glue';
import { ListObjectsV2Command, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { readPages, type TrinoColumn, TrinoError } from '../trino/pages';
import { type MadeTable, StatementRefused, translate } from './translate';

/** A statement of Athena writes at most this many partitions; Trino's limit is one of each writer. */
const mostPartitions = 100;
const catalog = 'awsdatacatalog';

export interface GatewayResources {
	/** Trino's HTTP endpoint. */
	readonly trino: string;
	readonly s3: S3Client;
	readonly glue: GlueClient;
}

/** What becomes of a statement in place of its own end. */
export type Interference =
	/** It runs until someone stops it. */
	| { readonly kind: 'hang' }
	/** It fails with a reason: at once, or when its files are written, which Athena leaves behind. */
	| { readonly kind: 'fail' | 'failAfterWriting'; readonly reason: string };

type State = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** A statement that was started. */
export class Execution {
	readonly id = randomUUID();
	readonly submitted = Date.now();
	state: State = 'QUEUED';
	reason: string | undefined;
	/** 1 for an error of Athena, 2 of the statement. */
	category: 1 | 2 = 2;
	scannedBytes = 0;
	columns: readonly TrinoColumn[] = [];
	rows: (readonly (string | null)[])[] = [];
	private nextUri: string | undefined;
	private isStopped = false;

	constructor(
		private readonly aws: GatewayResources,
		readonly sql: string,
		private readonly schema: string,
		readonly token: string | undefined,
		private readonly interference: Interference | undefined,
	) {}

	get hasEnded(): boolean {
		return this.state !== 'QUEUED' && this.state !== 'RUNNING';
	}

	/** Runs to its end; never rejects. */
	async run(): Promise<void> {
		this.state = 'RUNNING';
		if (this.interference?.kind === 'hang') return;
		try {
			if (this.interference?.kind === 'fail') throw new StatementRefused(this.interference.reason);
			await this.perform();
			this.state = this.isStopped ? 'CANCELLED' : 'SUCCEEDED';
		} catch (error) {
			this.state = this.isStopped ? 'CANCELLED' : 'FAILED';
			this.reason = reasonOf(error as Error);
			const isUsers = error instanceof StatementRefused || (error as TrinoError).kind === 'USER_ERROR';
			this.category = isUsers ? 2 : 1;
		}
	}

	/** Asks Trino to end it. It ends a little later. */
	async stop(): Promise<void> {
		if (this.hasEnded) return;
		this.isStopped = true;
		if (this.interference?.kind === 'hang') this.state = 'CANCELLED';
		if (this.nextUri !== undefined) await fetch(this.nextUri, { method: 'DELETE' });
	}

	private async perform(): Promise<void> {
		const { sql, properties, made } = translate(this.sql, this.schema);
		if (made) await this.checkEmpty(made);
		const { columns, rows, scanned } = await this.ask(sql, properties);
		this.scannedBytes = scanned;
		if (!made) [this.columns, this.rows] = [columns, rows];
		else await this.checkWritten(made);
	}

	private async ask(sql: string, properties: readonly string[] = []) {
		const rows: (readonly (string | null)[])[] = [];
		let columns: readonly TrinoColumn[] = [];
		let scanned = 0;
		for await (const page of readPages(this.aws.trino, sql, { catalog, schema: this.schema, properties })) {
			this.nextUri = page.nextUri;
			columns = page.columns ?? columns;
			scanned = page.stats?.physicalInputBytes ?? scanned;
			rows.push(...page.rows);
			if (this.isStopped && page.nextUri !== undefined) await fetch(page.nextUri, { method: 'DELETE' });
		}
		return { columns, rows, scanned };
	}

	/** Each partition's files have a folder of their own. */
	private async countPartitions(location: string): Promise<number> {
		const keys: string[] = [];
		for await (const { Contents = [] } of paginateListObjectsV2({ client: this.aws.s3 }, placeOf(location))) {
			keys.push(...Contents.flatMap(({ Key = '' }) => (Key.endsWith('.parquet') ? [Key] : [])));
		}
		return new Set(keys.map((key) => dirname(key))).size;
	}

	private async checkEmpty({ location }: MadeTable): Promise<void> {
		const { KeyCount } = await this.aws.s3.send(new ListObjectsV2Command({ ...placeOf(location), MaxKeys: 1 }));
		if (!KeyCount) return;
		throw new StatementRefused(`ICEBERG_FILESYSTEM_ERROR: Cannot create a table on a non-empty location: ${location}`);
	}

	private async checkWritten({ schema, name, location, isPartitioned }: MadeTable): Promise<void> {
		try {
			if (this.interference?.kind === 'failAfterWriting') throw new StatementRefused(this.interference.reason);
			if (!isPartitioned) return;
			if ((await this.countPartitions(location)) <= mostPartitions) return;
			throw new StatementRefused(
				`ICEBERG_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of ${mostPartitions} open writers for partitions/buckets`,
			);
		} catch (error) {
			// A statement that failed leaves its files, but no table.
			await this.aws.glue.send(new DeleteTableCommand({ DatabaseName: schema, Name: name }));
			throw error;
		}
	}
}

function placeOf(location: string): { Bucket: string; Prefix: string } {
	const [, Bucket = '', Prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location) ?? [];
	return { Bucket, Prefix };
}

const reasonOf = (error: Error): string =>
	error instanceof TrinoError ? `${error.name}: ${error.message}` : error.message;
