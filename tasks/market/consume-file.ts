import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Announced } from './announcements';
import { fetchFile } from './fetch-file';
import { fileVersion } from './file-version';
import { PoisonFileError, readQuotes } from './read-quotes';
import { buildReport, reportKey } from './set-aside';
import { type QuoteTable, type Written, writeQuotes } from './write-quotes';

/** What a consumer of files works with. */
export interface Consumer extends QuoteTable {
	readonly s3: Pick<S3Client, 'send'>;
}

/** What became of a file. */
export interface Consumed extends Written {
	/** Whether it was deleted before anybody read it: then there is nothing to do. */
	readonly gone: boolean;
	/** Good rows that a later row of the same file overrules. */
	readonly repeated: number;
	/** Rows that were set aside. */
	readonly rejected: number;
}

const nothing: Consumed = { gone: true, added: 0, replaced: 0, superseded: 0, repeated: 0, rejected: 0 };

/**
 * Takes one version of a file into the table. Bad rows are set aside under `rejected/`, with line and reason. Throws
 * PoisonFileError where the file can't be read at all, having left the reason there too. All of it can be repeated.
 */
export async function consumeFile(consumer: Consumer, announced: Announced): Promise<Consumed> {
	const { bucket, key, sequencer } = announced;
	let etag = announced.etag ?? 'unknown';
	try {
		const file = await fetchFile(consumer.s3, announced, consumer.signal);
		if (!file) return nothing;
		etag = file.etag;
		const { quotes, repeated, rejected } = readQuotes(file.content);
		if (rejected.length > 0) await setAside(consumer, announced, { etag, rows: rejected });
		const version = fileVersion({ bucket, key, sequencer, lastModified: file.lastModified });
		const written = await writeQuotes(consumer, quotes, version);
		return { gone: false, ...written, repeated, rejected: rejected.length };
	} catch (error) {
		if (!(error instanceof PoisonFileError)) throw error;
		await setAside(consumer, announced, { etag, poison: error.message, rows: [] });
		throw new PoisonFileError(
			`s3://${bucket}/${key} can't be read: ${error.message}. Put a good file in its place; the reason is kept in ${reportKey(key, etag)}.`,
		);
	}
}

async function setAside(
	{ s3 }: Consumer,
	announced: Announced,
	report: Parameters<typeof buildReport>[1],
): Promise<void> {
	const object = { Bucket: announced.bucket, ...buildReport(announced, report), ContentType: 'application/json' };
	await s3.send(new PutObjectCommand(object));
}
