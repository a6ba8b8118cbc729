import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { fetchFile } from './fetch-file';
import { PoisonFileError, readQuotes } from './read-quotes';
import { type CreatedObject, parseNotification, UnrecognisedMessageError } from './s3-notification';

/**
 * What to do with a dead letter:
 *
 * - `move`: back to the queue. The file can be read, so the table or the consumer had failed.
 * - `keep`: nothing has changed; the reason says what to do.
 * - `drop`: nothing is left to do. The file is deleted, or a newer one in its place has a message of its own.
 */
export type Verdict = 'move' | 'keep' | 'drop';

/** What to do with a dead letter, by the present state of its file. */
export interface Triage {
	readonly verdict: Verdict;
	/** `s3://bucket/key`; undefined if the message names no file. */
	readonly file?: string;
	readonly reason: string;
}

/** Triages a message by its body: reads the files that it names, and changes nothing. */
export async function triageDeadLetter(s3: Pick<S3Client, 'send'>, body: string): Promise<Triage> {
	let files: CreatedObject[];
	try {
		files = parseNotification(body);
	} catch (error) {
		if (error instanceof UnrecognisedMessageError) return { verdict: 'keep', reason: error.message };
		throw error;
	}
	if (files.length === 0) return { verdict: 'drop', reason: 'it names no new file' };
	const triages: Triage[] = [];
	for (const file of files) triages.push(await triageFile(s3, file));
	// S3 names one file per message; if there were several, the one with most to do decides.
	const ordered = (['move', 'keep', 'drop'] as const).flatMap((verdict) =>
		triages.filter((triage) => triage.verdict === verdict),
	);
	return ordered[0] as Triage;
}

async function triageFile(s3: Pick<S3Client, 'send'>, created: CreatedObject): Promise<Triage> {
	const file = `s3://${created.bucket}/${created.key}`;
	const newest = await newestVersionId(s3, created);
	if (newest === undefined) return { verdict: 'drop', file, reason: 'the file is deleted' };
	try {
		const found = await fetchFile(s3, created);
		if (!found) return { verdict: 'drop', file, reason: 'this version of the file is deleted' };
		readQuotes(found.content);
	} catch (error) {
		if (!(error instanceof PoisonFileError)) throw error;
		return newest === created.versionId || created.versionId === undefined
			? { verdict: 'keep', file, reason: error.message }
			: { verdict: 'drop', file, reason: `${error.message}; a newer file is in its place` };
	}
	return { verdict: 'move', file, reason: 'the file can be read: the table or the consumer had failed, see its log' };
}

/** The version that a reader of the key gets (`null` in an unversioned bucket); undefined if it is deleted. */
async function newestVersionId(
	s3: Pick<S3Client, 'send'>,
	{ bucket, key }: CreatedObject,
): Promise<string | undefined> {
	try {
		const { VersionId = 'null' } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
		return VersionId;
	} catch (error) {
		if (/^(NotFound|NoSuchKey)$/.test((error as Error).name)) return undefined;
		throw error;
	}
}
