import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { fetchFile } from './fetch-file';
import { PoisonFileError, readQuotes } from './read-quotes';
import { buildReport, reportKey } from './rejection-report';
import type { CreatedObject } from './s3-notification';
import { versionKey } from './version-key';
import { type QuoteTable, type WriteCounts, writeQuotes } from './write-quotes';

/** What a consumer of files depends on. */
export interface Consumer extends QuoteTable {
	readonly s3: Pick<S3Client, 'send'>;
}

/** What became of a file. */
export interface ConsumedFile extends WriteCounts {
	/** Whether it was deleted before it was read: then there is nothing to do. */
	readonly gone: boolean;
	/** Good rows that a later row of the same file replaces. */
	readonly repeated: number;
	/** Rows in the rejection report. */
	readonly rejected: number;
}

const deletedFile: ConsumedFile = { gone: true, added: 0, replaced: 0, superseded: 0, repeated: 0, rejected: 0 };

/**
 * Loads one version of a file into the table. Bad rows go to a report under `rejected/`, with line and reason. Throws
 * PoisonFileError if the file can't be read at all, after writing the reason there too. Repeating it is harmless.
 */
export async function consumeFile(consumer: Consumer, created: CreatedObject): Promise<ConsumedFile> {
	const { bucket, key, sequencer } = created;
	let etag = created.etag ?? 'unknown';
	try {
		const file = await fetchFile(consumer.s3, created, consumer.signal);
		if (!file) return deletedFile;
		etag = file.etag;
		const { quotes, repeated, rejected } = readQuotes(file.content);
		if (rejected.length > 0) await writeReport(consumer, created, { etag, rows: rejected });
		const version = versionKey({ bucket, key, sequencer, lastModified: file.lastModified });
		const written = await writeQuotes(consumer, quotes, version);
		return { gone: false, ...written, repeated, rejected: rejected.length };
	} catch (error) {
		if (!(error instanceof PoisonFileError)) throw error;
		await writeReport(consumer, created, { etag, poison: error.message, rows: [] });
		throw new PoisonFileError(
			`s3://${bucket}/${key} can't be read: ${error.message}. Put a good file in its place; the reason is kept in ${reportKey(key, etag)}.`,
		);
	}
}

async function writeReport(
	{ s3 }: Consumer,
	created: CreatedObject,
	report: Parameters<typeof buildReport>[1],
): Promise<void> {
	const object = { Bucket: created.bucket, ...buildReport(created, report), ContentType: 'application/json' };
	await s3.send(new PutObjectCommand(object));
}
