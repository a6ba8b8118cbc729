import type { PutRecordBatchCommand, PutRecordBatchCommandOutput } from '@aws-sdk/client-firehose';

/** Firehose's limits, written down a second time: https://docs.aws.amazon.com/firehose/latest/dev/limits.html. */
const mostRecords = 500;
const mostBytes = 4 * 1024 * 1024;
const mostBytesOfRecord = 1_024_000;

export interface Weather {
	/** Says of each record that is sent, in order, whether it fails. */
	readonly fails: () => boolean;
	/** Says of each request that keeps the limits what else happens to it: its answer may get lost when all was taken. */
	readonly happens: () => 'nothing' | 'throttled' | 'lost' | 'broken';
}

/** An error as the SDK throws it. */
export class FirehoseError extends Error {
	readonly $metadata: { httpStatusCode?: number };
	constructor(name: string, status?: number, message = name) {
		super(message);
		this.name = name;
		this.$metadata = status === undefined ? {} : { httpStatusCode: status };
	}
}

/** A delivery stream that refuses what Firehose refuses, and has the weather it is told. */
export class StandInFirehose {
	/** Every record sent, by request. */
	readonly requests: string[][] = [];
	/** Every record taken, in the order of taking. */
	readonly taken: string[] = [];

	constructor(
		private readonly weather: Weather,
		private readonly keeps = true,
	) {}

	/** Which records fail. Throws a FirehoseError for a request that is refused or not answered. */
	put(records: readonly Uint8Array[]): boolean[] {
		checkLimits(records);
		const texts = this.keeps ? records.map((data) => Buffer.from(data).toString()) : [];
		if (this.keeps) this.requests.push(texts);
		const happening = this.weather.happens();
		if (happening === 'throttled') throw new FirehoseError('ServiceUnavailableException', 503, 'Slow down.');
		if (happening === 'broken') throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
		const failed = records.map(() => happening === 'nothing' && this.weather.fails());
		this.taken.push(...texts.filter((_, place) => !failed[place]));
		if (happening === 'lost') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
		return failed;
	}

	/** The same as a client of the SDK: answers later, as the network does. */
	readonly client = {
		send: async ({ input }: PutRecordBatchCommand): Promise<PutRecordBatchCommandOutput> => {
			const failed = this.put((input.Records ?? []).map(({ Data }) => Data as Uint8Array));
			await new Promise(setImmediate);
			return { $metadata: {}, ...batchAnswer(failed) };
		},
	} as never;
}

/** What PutRecordBatch answers where some records fail. */
export function batchAnswer(failed: readonly boolean[]) {
	return {
		FailedPutCount: failed.filter(Boolean).length,
		Encrypted: false,
		RequestResponses: failed.map((isFailed, place) =>
			isFailed
				? { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' }
				: { RecordId: `record-${place}` },
		),
	};
}

function checkLimits(records: readonly Uint8Array[]): void {
	const refuse = (what: string) => {
		throw new FirehoseError('InvalidArgumentException', 400, what);
	};
	if (records.length === 0) refuse('a batch of no records');
	if (records.length > mostRecords) refuse(`a batch of ${records.length} records`);
	const bytes = records.map(({ length }) => length);
	if (bytes.includes(0)) refuse('an empty record');
	if (Math.max(...bytes) > mostBytesOfRecord) refuse(`a record of ${Math.max(...bytes)} bytes`);
	const sum = bytes.reduce((total, length) => total + length, 0);
	if (sum > mostBytes) refuse(`a batch of ${sum} bytes`);
}
