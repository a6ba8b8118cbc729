import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { TryAgainError } from '../errors';
import { isConnectionLost } from '../failure';
import { backOff, type Retries, withRetries } from '../retry';

/** Asks S3 for an object, or for its bytes from `Range` on. */
export type Fetch = (
	range: Pick<GetObjectCommandInput, 'Range' | 'IfMatch'>,
) => Promise<Pick<GetObjectCommandOutput, 'Body' | 'ContentLength' | 'ETag'>>;

/** Whether it was a body that failed. A request that failed has been retried by the SDK, which notes that. */
const isBroken = (error: unknown): boolean =>
	isConnectionLost(error) && (error as { $metadata?: object }).$metadata === undefined;

/** Tries of a body, where the SDK's own end: it retries until the headers have come. About 2 s of waiting in all. */
const retries: Retries = { tries: 5, firstMs: 200, longestMs: 5000, mayPass: isBroken };

/** Does work that reads an object whole, and again where its body breaks off. Throws TryAgainError in the end. */
export async function withBodyRetries<T>(place: string, work: () => Promise<T>): Promise<T> {
	return withRetries(retries, work).catch((error) => {
		throw isBroken(error) ? brokenOff(place, error) : error;
	});
}

/**
 * A whole object in memory. It is fetched again where its body breaks off, stalls or does not have its checksum. Throws
 * TryAgainError where that goes on.
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
 * The bytes of an object, as they come. Where the connection breaks off, or says nothing for too long, the rest is asked
 * for, of the same content (`If-Match`). So a reader may take its time, though AWS closes a connection that idles. Throws
 * TryAgainError where nothing more comes in several tries in a row, or where the bytes don't have their checksum: they
 * have been handed out by then.
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
			if (isWhole || ++fruitless >= retries.tries) throw brokenOff(place, error);
			await backOff(retries, fruitless);
			answer = await fetch(read === 0 ? {} : { Range: `bytes=${read}-`, IfMatch: first.ETag });
		}
	}
}

/** Throws an error of a lost connection where a body is shorter, or longer, than was announced. */
export function checkLength(bytes: number, announced: number | undefined): void {
	if (announced === undefined || bytes === announced) return;
	throw new Error(`Connection lost or stream closed: ${bytes} of ${announced} bytes came`);
}

const brokenOff = (place: string, error: unknown): TryAgainError =>
	new TryAgainError(
		`${place} can't be read whole in ${retries.tries} tries (${(error as Error).message}). Run it again; if it goes on, check the network and the proxy.`,
		{ cause: error },
	);
