import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
	DescribeStreamCommand,
	type DynamoDBStreamsClient,
	GetRecordsCommand,
	GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { TaskContext } from '../../context';
import { ConfigurationError, UsageError } from '../../platform/errors';
import { isPassing } from '../../platform/failure';
import type { Outcome } from '../../platform/result';
import { type ChangeTarget, putChanges } from './put-changes';
import { type Position, readPosition, writePosition } from './relay-position';
import { streamChange } from './stream-change';

export interface RelayOptions {
	readonly table: string;
	/** The Kinesis stream; undefined where none is deployed. */
	readonly stream: string | undefined;
	/** The file that remembers how far the relay has come. */
	readonly position: string;
	/** Ends when all changes so far are relayed. */
	readonly once: boolean;
	readonly dryRun: boolean;
	/** The endpoint of AWS that the environment names. */
	readonly endpoint: string | undefined;
}

/** From one look at the stream to the next: after changes, and when nothing has come for a while. */
const pollMs = { busy: 50, idle: 500 } as const;
/** After a look that failed because AWS was not available. */
const pauseMs = 2000;
const reportEveryMs = 10_000;

/**
 * Takes the changes of a table's stream to Kinesis as an EventBridge Pipe does, each at least once, those of one item in
 * their order, from where it stopped. For an AWS of a laptop, whose Pipes don't reach Kinesis: throws UsageError anywhere
 * else. Waits while the local AWS is stopped.
 */
export async function relayOrders(context: TaskContext, options: RelayOptions): Promise<Outcome> {
	const { table, stream, once, dryRun } = options;
	requireLocalAws(options.endpoint);
	if (!stream) {
		throw new ConfigurationError(
			"No Kinesis stream is named: run 'shoplake local up', which deploys one, or say --order-stream NAME.",
		);
	}
	const { log, signal } = context;
	const [dynamodb, streams, kinesis] = await Promise.all([
		context.aws.dynamodb(),
		context.aws.dynamodbStreams(),
		context.aws.kinesis(),
	]);
	const target: ChangeTarget = { kinesis, stream, random: Math.random, signal };
	const first = await findStream(dynamodb, table);
	let relay = new Relay(streams, target, await readPosition(options.position, first), (position) =>
		writePosition(options.position, position),
	);
	if (dryRun) return { status: 'planned', table, stream, shards: relay.position.shards };
	let relayed = 0;
	let reportedAt = performance.now();
	let reported = 0;
	while (!signal.aborted) {
		try {
			const changes = await relay.step();
			relayed += changes;
			if (performance.now() - reportedAt > reportEveryMs && relayed > reported) {
				log.info(`${relayed - reported} changes of ${table} relayed to ${stream}`);
				[reportedAt, reported] = [performance.now(), relayed];
			}
			if (once && changes === 0) break;
			await pause(changes > 0 ? pollMs.busy : pollMs.idle, signal);
		} catch (error) {
			if (signal.aborted) break;
			if (!mayPass(error) || once) throw error;
			log.warn(`The relay waits: ${(error as Error).message || (error as Error).name}`);
			await pause(pauseMs, signal);
			// A table that was made anew meanwhile has another stream.
			const now = await findStream(dynamodb, table).catch(() => relay.position.stream);
			const position = now === relay.position.stream ? relay.position : await readPosition(options.position, now);
			relay = new Relay(streams, target, position, (next) => writePosition(options.position, next));
		}
	}
	return { status: signal.aborted ? 'terminated' : 'relayed', table, stream, relayed };
}

/** The shards of a table's stream, and how far they are read. */
class Relay {
	private readonly iterators = new Map<string, string | undefined>();

	constructor(
		private readonly streams: DynamoDBStreamsClient,
		private readonly target: ChangeTarget,
		public position: Position,
		private readonly save: (position: Position) => Promise<void>,
	) {}

	/** Takes what has come to Kinesis; how many changes that was. A shard comes after the one that it was split from. */
	async step(): Promise<number> {
		let changes = 0;
		for (const shard of await this.shards()) changes += await this.drain(shard);
		return changes;
	}

	private async shards(): Promise<string[]> {
		const found: string[] = [];
		let last: string | undefined;
		do {
			const { StreamDescription } = await this.streams.send(
				new DescribeStreamCommand({ StreamArn: this.position.stream, ExclusiveStartShardId: last }),
			);
			found.push(...(StreamDescription?.Shards ?? []).map(({ ShardId = '' }) => ShardId));
			last = StreamDescription?.LastEvaluatedShardId;
		} while (last);
		return found;
	}

	/** Reads a shard up to its end, or to where nothing has come yet. */
	private async drain(shard: string): Promise<number> {
		let changes = 0;
		if (!this.iterators.has(shard)) this.iterators.set(shard, await this.openIterator(shard));
		for (let iterator = this.iterators.get(shard); iterator !== undefined; iterator = this.iterators.get(shard)) {
			const { Records = [], NextShardIterator } = await this.read(shard, iterator);
			const read = Records.map((record) => streamChange(record, this.position.stream));
			if (!(await putChanges(this.target, read))) return changes;
			this.iterators.set(shard, NextShardIterator);
			const last = read.at(-1);
			if (!last) break;
			changes += read.length;
			this.position = { ...this.position, shards: { ...this.position.shards, [shard]: last.sequence } };
			await this.save(this.position);
		}
		return changes;
	}

	private async read(shard: string, iterator: string) {
		try {
			return await this.streams.send(new GetRecordsCommand({ ShardIterator: iterator }));
		} catch (error) {
			const { name } = error as Error;
			if (name !== 'ExpiredIteratorException' && name !== 'TrimmedDataAccessException') throw error;
			return { Records: [], NextShardIterator: await this.openIterator(shard) };
		}
	}

	/** Behind the last change that was relayed; from the oldest on where that one is gone or there was none. */
	private async openIterator(shard: string): Promise<string | undefined> {
		const of = { StreamArn: this.position.stream, ShardId: shard };
		const after = this.position.shards[shard];
		if (after !== undefined) {
			try {
				const found = await this.streams.send(
					new GetShardIteratorCommand({
						...of,
						ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
						SequenceNumber: after,
					}),
				);
				return found.ShardIterator;
			} catch (error) {
				if ((error as Error).name !== 'TrimmedDataAccessException') throw error;
			}
		}
		const oldest = await this.streams.send(new GetShardIteratorCommand({ ...of, ShardIteratorType: 'TRIM_HORIZON' }));
		return oldest.ShardIterator;
	}
}

async function findStream(dynamodb: DynamoDBClient, TableName: string): Promise<string> {
	const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName })).catch((error: Error) => {
		if (error.name !== 'ResourceNotFoundException') throw error;
		throw new ConfigurationError(
			`DynamoDB has no table ${TableName} here. Run 'shoplake local up', or name another by --table.`,
		);
	});
	if (Table?.LatestStreamArn) return Table.LatestStreamArn;
	throw new ConfigurationError(`Table ${TableName} has no stream: switch it on, with new and old images.`);
}

/** Addresses that are on this machine, in a private network, or names without a domain, as containers have. */
const localHost =
	/^(localhost|127(\.\d+){3}|10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2}|\[::1\]|host\.docker\.internal|[^.]+)$/;

function requireLocalAws(endpoint: string | undefined): void {
	const host = endpoint === undefined ? undefined : new URL(endpoint).hostname;
	if (host !== undefined && localHost.test(host)) return;
	throw new UsageError(
		`'orders relay' stands in for the Pipe on the AWS of a laptop only; ${host ?? 'AWS itself'} is none. There the Pipe of the stack does it: deploy with the parameter LiveOrders=on.`,
	);
}

/** A table or a stream that is missing may come back: the local AWS is being set up again. */
const mayPass = (error: unknown): boolean => isPassing(error) || (error as Error).name === 'ResourceNotFoundException';

/** Waits, but not beyond a signal. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
	sleep(ms, undefined, { signal }).catch(() => undefined);
