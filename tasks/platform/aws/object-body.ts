import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { TryAgainError } from '../errors';
import { isConnectionLost } from '../failure';
import { backOff, type Retries, withRetries } from '../retry';

/** Requests an object from S3, or its bytes from `Range` on. */
export type Fetch = (
	range: Pick<GetObjectCommandInput, 'Range' | 'IfMatch'>,
) => Promise<Pick<GetObjectCommandOutput, 'Body' | 'ContentLength' | 'ETag'>>;

/** Whether the body failed. The SDK has already retried a failed request, and adds metadata to its error. */
const isBroken = (error: unknown): boolean =>
	isConnectionLost(error) && (error as { $metadata?: object }).$metadata === undefined;

/** Tries of a body: the SDK itself retries only until the headers have arrived. About 2 s of waiting in total. */
const retries: Retries = { tries: 5, firstMs: 200, longestMs: 5000, mayPass: isBroken };

/** Runs work that reads a whole object, and retries it if the body breaks. Throws TryAgainError after the last try. */
export async function withBodyRetries<T>(place: string, work: () => Promise<T>): Promise<T> {
	return withRetries(retries, work).catch((error) => {
		throw isBroken(error) ? bodyError(place, error) : error;
	});
}

/**
 * Reads a whole object into memory. It is fetched again if its body breaks, stalls or does not match its checksum. Throws
 * TryAgainError after the last try.
 */
export async function readBody<T extends Pick<GetObjectCommandOutput, 'Body' | 'ContentLength'>>(
	place: string,
	fetch: () => Promise<T>,
): Promise<{ readonly answer: T; readonly bytes: Buffer }> {
	return withBodyRetries(place, async () => {
		const answer = await fetch();
		const bytes = answer.Body ? await buffer(answer.Body as Readable) : Buffer.alloc(0);
		checkLength(bytes.length, answer.ContentLength);
		return { answer, bytes };
	});
}

/**
 * Streams the bytes of an object. If the connection breaks or stalls, the rest of the same content (`If-Match`) is
 * requested, so a slow reader is safe although AWS closes idle connections. Throws TryAgainError if several tries in a row
 * bring nothing, or if the bytes don't match their checksum: they have been passed on by then.
 */
export async function streamBody(place: string, fetch: Fetch): Promise<Readable> {
	const first = await fetch({});
	return Readable.from(resumed(place, fetch, first), { objectMode: false, highWaterMark: 1024 ** 2 });
}

async function* resumed(place: string, fetch: Fetch, first: Awaited<ReturnType<Fetch>>): AsyncGenerator<Buffer> {
	let answer = first;
	let read = 0;
	for (let fruitless = 0; ; ) {
		try {
			for await (const chunk of answer.Body as AsyncIterable<Buffer>) {
				read += chunk.length;
				fruitless = 0;
				yield chunk;
			}
			checkLength(read, first.ContentLength);
			return;
		} catch (error) {
			if (!isBroken(error)) throw error;
			const isWhole = first.ContentLength !== undefined && read >= first.ContentLength;
			if (isWhole || ++fruitless >= retries.tries) throw bodyError(place, error);
			await backOff(retries, fruitless);
			answer = await fetch(read === 0 ? {} : { Range: `bytes=${read}-`, IfMatch: first.ETag });
		}
	}
}

/** Throws a lost-connection error if a body is shorter or longer than announced. */
export function checkLength(bytes: number, announced: number | undefined): void {
	if (announced === undefined || bytes === announced) return;
	throw new Error(`Connection lost or stream closed: ${bytes} of ${announced} bytes arrived`);
}

const bodyError = (place: string, error: unknown): TryAgainError =>
	new TryAgainError(
		`${place} can't be read completely in ${retries.tries} tries (${(error as Error).message}). Run it again; if it keeps failing, check the network and the proxy.`,
		{ cause: error },
	);
