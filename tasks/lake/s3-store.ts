import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
	DeleteObjectsCommand,
	GetObjectCommand,
	type GetObjectCommandOutput,
	ListObjectsV2Command,
	PutObjectCommand,
	type S3Client,
	S3ServiceException,
} from '@aws-sdk/client-s3';
import { isConditionMet } from '../platform/aws/conditional-write';
import { checkLength, type Fetch, readBody, streamBody, withBodyRetries } from '../platform/aws/object-body';
import { refusedDeletion } from '../platform/aws/refused-deletion';
import { ConfigurationError } from '../platform/errors';
import { isRetryable } from '../platform/failure';
import { backOff, withRetries } from '../platform/retry';
import { MissingObjectError } from './damage';
import type { ObjectStore, StoredObject } from './store';

/** S3 takes at most this many keys in one DeleteObjects. */
const deleteLimit = 1000;
/** Of keys that S3 leaves in a DeleteObjects: it answers so for each key, where the request as a whole went through. */
const deleteRetries = { firstMs: 100, longestMs: 2000, tries: 6 };
/** Tries of what is sent from disk: the SDK can't send a stream again by itself. */
const uploadRetries = { tries: 5, firstMs: 200, longestMs: 5000, mayPass: isRetryable } as const;
/** Objects up to this size, in bytes, are sent from memory. */
const largestInMemory = 16 * 1024 ** 2;

/** The object store of the cloud and of the laptop: one bucket of S3. */
export class S3Store implements ObjectStore {
	readonly traffic = { in: 0, out: 0 };

	constructor(
		private readonly s3: S3Client,
		readonly bucket: string,
		/** Numbers from 0 up to 1, for the jitter of retries. */
		private readonly random: () => number = Math.random,
	) {}

	async getText(key: string): Promise<string | undefined> {
		try {
			const { bytes } = await readBody(this.place(key), () => this.get(key));
			this.traffic.in += bytes.length;
			return bytes.toString();
		} catch (error) {
			if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
			throw error;
		}
	}

	async putText(key: string, text: string): Promise<void> {
		await this.put(key, text);
	}

	createText(key: string, text: string): Promise<boolean> {
		return isConditionMet(this.place(key), 'If-None-Match', () => this.put(key, text, '*'));
	}

	read(key: string): Promise<Readable> {
		const fetch: Fetch = async (part) => {
			const found = await this.get(key, part);
			this.traffic.in += found.ContentLength ?? 0;
			return found;
		};
		return this.orMissing(key, () => streamBody(this.place(key), fetch));
	}

	async download(key: string, path: string): Promise<void> {
		// Begun anew rather than resumed where it breaks off: the SDK compares the checksum of a whole object only.
		await withBodyRetries(this.place(key), async () => {
			const { Body, ContentLength } = await this.orMissing(key, () => this.get(key));
			// Few large writes: a disk write for each piece off the network costs as much as receiving it.
			const file = createWriteStream(path, { highWaterMark: 4 * 1024 ** 2 });
			await pipeline(Body as Readable, file);
			checkLength(file.bytesWritten, ContentLength);
			this.traffic.in += file.bytesWritten;
		});
	}

	async upload(path: string, key: string): Promise<number> {
		const { size } = await stat(path);
		await withRetries({ ...uploadRetries, tries: size <= largestInMemory ? 1 : uploadRetries.tries }, async () => {
			const Body =
				size <= largestInMemory ? await readFile(path) : createReadStream(path, { highWaterMark: 1024 ** 2 });
			const object = { Bucket: this.bucket, Key: key, Body, ContentLength: size };
			await this.s3.send(new PutObjectCommand(object)).finally(() => 'destroy' in Body && Body.destroy());
		});
		this.traffic.out += size;
		return size;
	}

	async *list(prefix: string, after?: string): AsyncIterable<StoredObject> {
		let token: string | undefined;
		do {
			const page = await this.s3.send(
				new ListObjectsV2Command({
					Bucket: this.bucket,
					Prefix: prefix,
					...(token ? { ContinuationToken: token } : after ? { StartAfter: after } : {}),
				}),
			);
			for (const { Key, Size, LastModified } of page.Contents ?? []) {
				if (Key) yield { key: Key, bytes: Size ?? 0, modified: LastModified ?? new Date(0) };
			}
			token = page.NextContinuationToken;
		} while (token);
	}

	async delete(keys: readonly string[]): Promise<void> {
		for (let start = 0; start < keys.length; start += deleteLimit) {
			await this.deleteBatch(keys.slice(start, start + deleteLimit));
		}
	}

	private async deleteBatch(keys: readonly string[]): Promise<void> {
		let left = keys;
		for (let attempt = 1; ; attempt++) {
			const Objects = left.map((Key) => ({ Key }));
			const { Errors = [] } = await this.s3.send(
				new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } }),
			);
			const [first] = Errors;
			if (!first) return;
			const refusal = refusedDeletion(this.bucket, first);
			if (attempt === deleteRetries.tries || !isRetryable(refusal)) throw refusal;
			left = Errors.flatMap(({ Key }) => Key ?? []);
			await backOff({ ...deleteRetries, random: this.random }, attempt);
		}
	}

	async now(): Promise<Date> {
		const command = new ListObjectsV2Command({ Bucket: this.bucket, Prefix: '_heads/', MaxKeys: 1 });
		let date: string | undefined;
		command.middlewareStack.add(
			(next) => async (request) => {
				const result = await next(request);
				date = (result.response as { headers?: Record<string, string> }).headers?.date;
				return result;
			},
			{ step: 'deserialize', name: 'readDateHeader' },
		);
		await this.s3.send(command);
		const now = new Date(date ?? Number.NaN);
		if (Number.isNaN(now.getTime())) {
			throw new ConfigurationError(`S3 answers without its time (the header Date is '${date ?? ''}').`);
		}
		return now;
	}

	private place(key: string): string {
		return `s3://${this.bucket}/${key}`;
	}

	private get(key: string, part: Parameters<Fetch>[0] = {}): Promise<GetObjectCommandOutput> {
		return this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key, ...part }));
	}

	private async orMissing<T>(key: string, work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof S3ServiceException && error.name === 'NoSuchKey')) throw error;
			throw new MissingObjectError(this.place(key));
		}
	}

	private async put(key: string, text: string, ifNoneMatch?: '*'): Promise<void> {
		await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text, IfNoneMatch: ifNoneMatch }));
		this.traffic.out += Buffer.byteLength(text);
	}
}
