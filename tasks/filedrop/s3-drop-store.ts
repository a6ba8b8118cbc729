import type { Readable } from 'node:stream';
import {
	CopyObjectCommand,
	DeleteObjectCommand,
	DeleteObjectsCommand,
	GetObjectCommand,
	ListObjectVersionsCommand,
	type ListObjectVersionsCommandOutput,
	PutObjectCommand,
	paginateListObjectsV2,
	type S3Client,
	S3ServiceException,
} from '@aws-sdk/client-s3';
import { isConditionMet } from '../platform/aws/conditional-write';
import { readBody, streamBody } from '../platform/aws/object-body';
import { refusedDeletion } from '../platform/aws/refused-deletion';
import { ConfigurationError, DataRefusedError } from '../platform/errors';
import type { DropStore, FileVersion, TextObject } from './drop-store';

/** S3 takes at most this many keys in one DeleteObjects. */
const deleteLimit = 1000;
const gone = /^(NoSuchVersion|NoSuchKey|NotFound)$/;

/** A versioned bucket of S3. */
export class S3DropStore implements DropStore {
	constructor(
		private readonly s3: S3Client,
		readonly bucket: string,
	) {}

	async current(prefix: string): Promise<FileVersion[]> {
		const found: FileVersion[] = [];
		let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
		while (from) {
			const query = { Bucket: this.bucket, Prefix: prefix, Delimiter: '/', ...from };
			const page: ListObjectVersionsCommandOutput = await this.s3.send(new ListObjectVersionsCommand(query));
			for (const { Key, VersionId, ETag, Size = 0, LastModified = new Date(0), IsLatest } of page.Versions ?? []) {
				if (!IsLatest || Key === undefined || VersionId === undefined || ETag === undefined) continue;
				if (VersionId === 'null') throw this.keepsNoVersions(Key);
				found.push({ key: Key, version: VersionId, etag: ETag, bytes: Size, modified: LastModified });
			}
			from = page.IsTruncated
				? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
				: undefined;
		}
		return found;
	}

	async keys(prefix: string): Promise<string[]> {
		const found: string[] = [];
		const query = { Bucket: this.bucket, Prefix: prefix };
		for await (const { Contents = [] } of paginateListObjectsV2({ client: this.s3 }, query)) {
			found.push(...Contents.flatMap(({ Key }) => Key ?? []));
		}
		return found;
	}

	async read({ key, version }: Pick<FileVersion, 'key' | 'version'>): Promise<Readable> {
		const object = { Bucket: this.bucket, Key: key, VersionId: version };
		return this.orDeleted(key, () =>
			streamBody(this.place(key), (part) => this.s3.send(new GetObjectCommand({ ...object, ...part }))),
		);
	}

	async getText(key: string): Promise<TextObject | undefined> {
		try {
			const { answer, bytes } = await readBody(this.place(key), () =>
				this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key })),
			);
			return { text: bytes.toString(), etag: answer.ETag ?? '' };
		} catch (error) {
			if (error instanceof S3ServiceException && gone.test(error.name)) return undefined;
			throw error;
		}
	}

	createText(key: string, text: string): Promise<boolean> {
		return isConditionMet(this.place(key), 'If-None-Match', () =>
			this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text, IfNoneMatch: '*' })),
		);
	}

	replaceText(key: string, text: string, etag: string): Promise<boolean> {
		return isConditionMet(this.place(key), 'If-Match', () =>
			this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text, IfMatch: etag })),
		);
	}

	async putText(key: string, text: string): Promise<void> {
		await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text }));
	}

	async copy(
		{ key, version }: Pick<FileVersion, 'key' | 'version'>,
		{ bucket = this.bucket, key: target }: { readonly bucket?: string; readonly key: string },
	): Promise<void> {
		const path = [this.bucket, ...key.split('/')].map(encodeURIComponent).join('/');
		const CopySource = `${path}?versionId=${encodeURIComponent(version)}`;
		// Without its tags: to read them would take a further right.
		const command = new CopyObjectCommand({ Bucket: bucket, Key: target, CopySource, TaggingDirective: 'REPLACE' });
		await this.orDeleted(key, () => this.s3.send(command));
	}

	removeIf(key: string, etag: string): Promise<boolean> {
		return isConditionMet(this.place(key), 'If-Match', () =>
			this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key, IfMatch: etag })),
		);
	}

	async remove(keys: readonly string[], bucket = this.bucket): Promise<void> {
		for (let start = 0; start < keys.length; start += deleteLimit) {
			const Objects = keys.slice(start, start + deleteLimit).map((Key) => ({ Key }));
			const { Errors } = await this.s3.send(
				new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
			);
			const [first] = Errors ?? [];
			if (first) throw refusedDeletion(bucket, first);
		}
	}

	private place(key: string): string {
		return `s3://${this.bucket}/${key}`;
	}

	private keepsNoVersions(key: string): ConfigurationError {
		return new ConfigurationError(
			`s3://${this.bucket}/${key} has no version: a file that is overwritten while it is processed could not be told from its successor. Turn on versioning of the bucket, then send the files again.`,
		);
	}

	private async orDeleted<T>(key: string, work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof S3ServiceException && gone.test(error.name))) throw error;
			throw new DataRefusedError(
				`s3://${this.bucket}/${key}: the version of this batch was deleted for good. Send the file again.`,
			);
		}
	}
}
