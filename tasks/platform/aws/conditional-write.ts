import { S3ServiceException } from '@aws-sdk/client-s3';
import { TryAgainError } from '../errors';
import { withRetries } from '../retry';

/** Waits for a conflict to end: about a second in total. S3 resolves one within milliseconds. */
const conflictRetries = { tries: 8, firstMs: 50, longestMs: 500 } as const;

/**
 * Sends a write with `If-None-Match: *` or `If-Match`, or a deletion with `If-Match`. Resolves to whether its condition
 * was met:
 *
 * - 412 means that it was not, and so does 404 for `If-Match`: the object is gone. Because the SDK retries, an earlier try
 *   of the same request, whose answer was lost, may have caused either.
 * - 409 (`ConditionalRequestConflict`) means only that another request is in progress. Neither has won yet, so it is retried.
 *
 * Throws TryAgainError if the conflict does not end.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function isConditionMet(
	place: string,
	condition: 'If-None-Match' | 'If-Match',
	request: () => Promise<unknown>,
): Promise<boolean> {
	try {
		await withRetries({ ...conflictRetries, mayPass: isConflict }, request);
		return true;
	} catch (error) {
		if (isConflict(error)) {
			throw new TryAgainError(
				`${place} is constantly being changed by others (S3 answered ${(error as Error).name} ${conflictRetries.tries} times in a row). Run it again later.`,
			);
		}
		if (httpStatus(error) === 412 || (condition === 'If-Match' && isGone(error))) return false;
		throw error;
	}
}

const isConflict = (error: unknown): boolean => httpStatus(error) === 409;
/** Whether S3 says that there is no such object, or no such version of it. */
export const isGone = (error: unknown): boolean =>
	error instanceof S3ServiceException && /^(NoSuchKey|NoSuchVersion|NotFound)$/.test(error.name);
/** Whether S3 refuses a request because the newest version of the object is a delete marker. */
export const isDeleteMarker = (error: unknown): boolean => httpStatus(error) === 405;

const httpStatus = (error: unknown): number | undefined =>
	error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
