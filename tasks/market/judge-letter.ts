import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Announced, announcedIn, ForeignMessageError } from './announcements';
import { fetchFile } from './fetch-file';
import { PoisonFileError, readQuotes } from './read-quotes';

/**
 * What to do with a message that failed too often:
 *
 * - `move`: the file can be read, so what failed was the table or the consumer. It goes back to the queue.
 * - `keep`: nothing has changed; the reason says what to do.
 * - `drop`: there is nothing left to do: the file is deleted, or a newer one in its place has a message of its own.
 */
export type Verdict = 'move' | 'keep' | 'drop';

/** A dead letter, judged by what its file is now. */
export interface Judgement {
	readonly verdict: Verdict;
	/** `s3://bucket/key`; undefined where the message is not about a file. */
	readonly file?: string;
	readonly reason: string;
}

/** Judges a message by its body: reads the files that it tells of, and changes nothing. */
export async function judgeLetter(s3: Pick<S3Client, 'send'>, body: string): Promise<Judgement> {
	let files: Announced[];
	try {
		files = announcedIn(body);
	} catch (error) {
		if (error instanceof ForeignMessageError) return { verdict: 'keep', reason: error.message };
		throw error;
	}
	if (files.length === 0) return { verdict: 'drop', reason: 'it tells of no new file' };
	const judged: Judgement[] = [];
	for (const file of files) judged.push(await judgeFile(s3, file));
	// S3 tells of one file in a message; were they several, the one with most to do counts.
	const weighty = (['move', 'keep', 'drop'] as const).flatMap((verdict) =>
		judged.filter((one) => one.verdict === verdict),
	);
	return weighty[0] as Judgement;
}

async function judgeFile(s3: Pick<S3Client, 'send'>, announced: Announced): Promise<Judgement> {
	const file = `s3://${announced.bucket}/${announced.key}`;
	const newest = await versionOfNewest(s3, announced);
	if (newest === undefined) return { verdict: 'drop', file, reason: 'the file is deleted' };
	try {
		const found = await fetchFile(s3, announced);
		if (!found) return { verdict: 'drop', file, reason: 'this version of the file is deleted' };
		readQuotes(found.content);
	} catch (error) {
		if (!(error instanceof PoisonFileError)) throw error;
		return newest === announced.versionId || announced.versionId === undefined
			? { verdict: 'keep', file, reason: error.message }
			: { verdict: 'drop', file, reason: `${error.message}; a newer file is in its place` };
	}
	return { verdict: 'move', file, reason: 'the file can be read: the table or the consumer had failed, see its log' };
}

/** The version that a reader of the key gets (`null` in a bucket without versions); undefined where it is deleted. */
async function versionOfNewest(s3: Pick<S3Client, 'send'>, { bucket, key }: Announced): Promise<string | undefined> {
	try {
		const { VersionId = 'null' } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
		return VersionId;
	} catch (error) {
		if (/^(NotFound|NoSuchKey)$/.test((error as Error).name)) return undefined;
		throw error;
	}
}
