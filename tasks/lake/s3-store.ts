import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
	CopyObjectCommand,
	DeleteObjectCommand,
	DeleteObjectsCommand,
	GetObjectCommand,
	type GetObjectCommandOutput,
	type ObjectVersion as ListedVersion,
	ListObjectsV2Command,
	ListObjectVersionsCommand,
	type ListObjectVersionsCommandOutput,
	type ObjectIdentifier,
	PutObjectCommand,
	type PutObjectCommandInput,
	PutObjectTaggingCommand,
	paginateListObjectsV2,
	type S3Client,
} from '@aws-sdk/client-s3';
import { isConditionMet, isDeleteMarker, isGone } from '../platform/aws/conditional-write';
import { checkLength, type Fetch, readBody, streamBody, withBodyRetries } from '../platform/aws/object-body';
import { refusedDeletion } from '../platform/aws/refused-deletion';
import { ConfigurationError } from '../platform/errors';
import { isRetryable } from '../platform/failure';
import { backOff } from '../platform/retry';
import { MissingObjectError, MissingVersionError } from './damage';
import { prefixes } from './layout';
import type { ObjectStore, ObjectTag, ObjectVersion, StoredObject, StoredVersion, TextObject } from './object-store';
import { uploadFile } from './upload';

/** S3 takes at most this many keys in one DeleteObjects. */
const deleteLimit = 1000;
/** For keys that S3 leaves in a DeleteObjects: it answers so for each key, where the request as a whole went through. */
const deleteRetries = { firstMs: 100, longestMs: 2000, tries: 6 };

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
		return (await this.getTextObject(key))?.text;
	}

	async getTextObject(key: string): Promise<TextObject | undefined> {
		try {
			const { answer, bytes } = await readBody(this.location(key), () => this.get({ Key: key }));
			this.traffic.in += bytes.length;
			return { text: bytes.toString(), etag: answer.ETag ?? '' };
		} catch (error) {
			if (isGone(error)) return undefined;
			throw error;
		}
	}

	async putText(key: string, text: string, type?: string): Promise<void> {
		await this.put(key, Buffer.from(text), type === undefined ? {} : { ContentType: type });
	}

	async putBytes(key: string, bytes: Buffer): Promise<void> {
		await this.put(key, bytes);
	}

	createText(key: string, text: string): Promise<boolean> {
		return isConditionMet(this.location(key), 'If-None-Match', () =>
			this.put(key, Buffer.from(text), { IfNoneMatch: '*' }),
		);
	}

	replaceText(key: string, text: string, etag: string): Promise<boolean> {
		return isConditionMet(this.location(key), 'If-Match', () => this.put(key, Buffer.from(text), { IfMatch: etag }));
	}

	read(key: string, version?: string): Promise<Readable> {
		const fetch: Fetch = async (part) => {
			const found = await this.get({ Key: key, VersionId: version, ...part });
			this.traffic.in += found.ContentLength ?? 0;
			return found;
		};
		return this.orMissing(key, version, () => streamBody(this.location(key), fetch));
	}

	async download(key: string, path: string): Promise<void> {
		// Restarted rather than resumed if it breaks off: the SDK verifies only the checksum of a whole object.
		await withBodyRetries(this.location(key), async () => {
			const { Body, ContentLength } = await this.orMissing(key, undefined, () => this.get({ Key: key }));
			// Few large writes: a disk write for each piece off the network costs as much as receiving it.
			const file = createWriteStream(path, { highWaterMark: 4 * 1024 ** 2 });
			await pipeline(Body as Readable, file);
			checkLength(file.bytesWritten, ContentLength);
			this.traffic.in += file.bytesWritten;
		});
	}

	async upload(path: string, key: string): Promise<number> {
		const bytes = await uploadFile(this.s3, path, { Bucket: this.bucket, Key: key });
		this.traffic.out += bytes;
		return bytes;
	}

	async copy(
		{ key, version }: { readonly key: string; readonly version?: string },
		{ bucket = this.bucket, key: target }: { readonly bucket?: string; readonly key: string },
	): Promise<void> {
		const path = [this.bucket, ...key.split('/')].map(encodeURIComponent).join('/');
		const CopySource = version === undefined ? path : `${path}?versionId=${encodeURIComponent(version)}`;
		// Without its tags: reading them would need another permission.
		const command = new CopyObjectCommand({ Bucket: bucket, Key: target, CopySource, TaggingDirective: 'REPLACE' });
		await this.orMissing(key, version, () => this.s3.send(command));
	}

	async *list(prefix: string, after?: string): AsyncIterable<StoredObject> {
		const query = { Bucket: this.bucket, Prefix: prefix, StartAfter: after };
		for await (const { Contents = [] } of paginateListObjectsV2({ client: this.s3 }, query)) {
			for (const { Key, Size, LastModified } of Contents) {
				if (Key) yield { key: Key, bytes: Size ?? 0, modified: LastModified ?? new Date(0) };
			}
		}
	}

	async *listVersions(prefix: string): AsyncIterable<ObjectVersion> {
		for await (const { Versions = [] } of this.versionPages({ Prefix: prefix, Delimiter: '/' })) {
			for (const listed of Versions) if (listed.IsLatest) yield this.objectVersion(listed);
		}
	}

	async *listAllVersions(prefix: string): AsyncIterable<StoredVersion> {
		// A page has the versions before the delete markers; both are in key order, and a key may continue on the next page.
		const key: StoredVersion[] = [];
		for await (const { Versions = [], DeleteMarkers = [] } of this.versionPages({ Prefix: prefix })) {
			const page = [
				...Versions.map((listed) => storedVersion(listed, false)),
				...DeleteMarkers.map((listed) => storedVersion(listed, true)),
			];
			for (const version of page.sort(byKey)) {
				if (key.length > 0 && key[0]?.key !== version.key) yield* newestFirst(key.splice(0));
				key.push(version);
			}
		}
		yield* newestFirst(key);
	}

	async tag(key: string, { key: Key, value: Value }: ObjectTag): Promise<boolean> {
		const Tagging = { TagSet: [{ Key, Value }] };
		try {
			await this.s3.send(new PutObjectTaggingCommand({ Bucket: this.bucket, Key: key, Tagging }));
			return true;
		} catch (error) {
			if (isGone(error) || isDeleteMarker(error)) return false;
			throw error;
		}
	}

	async delete(keys: readonly string[]): Promise<void> {
		await this.deleteObjects(keys.map((Key) => ({ Key })));
	}

	async deleteVersions(versions: readonly Pick<StoredVersion, 'key' | 'version'>[]): Promise<void> {
		await this.deleteObjects(versions.map(({ key, version }) => ({ Key: key, VersionId: version })));
	}

	deleteIf(key: string, etag: string): Promise<boolean> {
		return isConditionMet(this.location(key), 'If-Match', () =>
			this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key, IfMatch: etag })),
		);
	}

	async now(): Promise<Date> {
		const command = new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefixes.heads, MaxKeys: 1 });
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

	private location(key: string): string {
		return `s3://${this.bucket}/${key}`;
	}

	private get(
		object: { readonly Key: string; readonly VersionId?: string | undefined } & Parameters<Fetch>[0],
	): Promise<GetObjectCommandOutput> {
		return this.s3.send(new GetObjectCommand({ Bucket: this.bucket, ...object }));
	}

	private async put(
		key: string,
		Body: Buffer,
		options: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch' | 'ContentType'> = {},
	): Promise<void> {
		const object = { Bucket: this.bucket, Key: key, Body, ContentLength: Body.length };
		await this.s3.send(new PutObjectCommand({ ...object, ...options }));
		this.traffic.out += Body.length;
	}

	private objectVersion({
		Key = '',
		VersionId: version = 'null',
		ETag = '',
		Size = 0,
		LastModified,
	}: ListedVersion): ObjectVersion {
		if (version === 'null') {
			throw new ConfigurationError(
				`${this.location(Key)} has no version: a file that is overwritten while it is processed could not be told from its successor. Turn on versioning of the bucket, then send the files again.`,
			);
		}
		return { key: Key, version, etag: ETag, bytes: Size, modified: LastModified ?? new Date(0) };
	}

	/** The pages of a listing of versions: the SDK has no paginator for this operation. */
	private async *versionPages(query: {
		readonly Prefix: string;
		readonly Delimiter?: string;
	}): AsyncGenerator<ListObjectVersionsCommandOutput> {
		let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
		while (from) {
			const page: ListObjectVersionsCommandOutput = await this.s3.send(
				new ListObjectVersionsCommand({ Bucket: this.bucket, ...query, ...from }),
			);
			yield page;
			from = page.IsTruncated
				? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
				: undefined;
		}
	}

	private async deleteObjects(objects: readonly ObjectIdentifier[]): Promise<void> {
		for (let start = 0; start < objects.length; start += deleteLimit) {
			await this.deleteBatch(objects.slice(start, start + deleteLimit));
		}
	}

	private async deleteBatch(objects: readonly ObjectIdentifier[]): Promise<void> {
		let Objects = [...objects];
		for (let attempt = 1; ; attempt++) {
			const { Errors = [] } = await this.s3.send(
				new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } }),
			);
			const [first] = Errors;
			if (!first) return;
			const refusal = refusedDeletion(this.bucket, first);
			if (attempt === deleteRetries.tries || !isRetryable(refusal)) throw refusal;
			Objects = Errors.flatMap(({ Key, VersionId }) => (Key ? [{ Key, ...(VersionId ? { VersionId } : {}) }] : []));
			await backOff({ ...deleteRetries, random: this.random }, attempt);
		}
	}

	private async orMissing<T>(key: string, version: string | undefined, work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			if (!isGone(error)) throw error;
			throw version === undefined
				? new MissingObjectError(this.location(key))
				: new MissingVersionError(this.location(key), version);
		}
	}
}

const storedVersion = (
	{ Key = '', VersionId = 'null', Size = 0, LastModified, IsLatest = false }: ListedVersion,
	isDeleteMarker: boolean,
): StoredVersion => ({
	key: Key,
	version: VersionId,
	bytes: Size,
	modified: LastModified ?? new Date(0),
	isNewest: IsLatest,
	isDeleteMarker,
});

/** The order in which S3 lists keys: that of their UTF-8 bytes. */
const byKey = (a: StoredVersion, b: StoredVersion): number => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

/** Versions and delete markers of one key; within each kind they are listed newest first. */
const newestFirst = (versions: readonly StoredVersion[]): StoredVersion[] =>
	[...versions].sort((a, b) => Number(b.isNewest) - Number(a.isNewest) || b.modified.getTime() - a.modified.getTime());
