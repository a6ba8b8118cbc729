import { exitCodes, ShoplakeError } from './errors';

/** Connection trouble, throttling and the services' own failures: worth another try later. */
const transient =
	/^(TimeoutError|NetworkingError|ThrottlingException|TooManyRequestsException|SlowDown|ServiceUnavailable|InternalServerError|InternalError|RequestTimeout|ProvisionedThroughputExceededException)$/;
const refusedConnection = /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket hang up/;
const noAccess =
	/^(CredentialsProviderError|AccessDenied|AccessDeniedException|InvalidAccessKeyId|UnrecognizedClientException|ExpiredToken|ExpiredTokenException|NoSuchBucket)$/;

/** The exit code of a task that ends with this error, whoever threw it: our own, the SDK's, the system's. */
export function exitCodeOf(error: unknown): number {
	if (error instanceof ShoplakeError) return error.exitCode;
	const { name = '', message = '', code = '' } = error as { name?: string; message?: string; code?: string };
	if (noAccess.test(name) || /Region is missing/.test(message) || isOutOfMemory(error)) return exitCodes.configuration;
	if (transient.test(name) || isUnanswered(error) || isServersFault(error) || code === 'ENOSPC')
		return exitCodes.tryAgain;
	return exitCodes.internal;
}

/** Whether the other end says that the fault is its own (HTTP 500 to 599), in whatever words. */
function isServersFault(error: unknown): boolean {
	const { $metadata, $response } = error as {
		$metadata?: { httpStatusCode?: number };
		$response?: { statusCode?: number };
	};
	return ($metadata?.httpStatusCode ?? $response?.statusCode ?? 0) >= 500;
}

/** Whether nobody answered at the other end of a connection, or hung up. */
export function isUnanswered(error: unknown): boolean {
	const { message = '', code = '' } = error as { message?: string; code?: string };
	return refusedConnection.test(`${code} ${message}`);
}

/** Whether DuckDB could neither do with the memory it may use nor spill. More threads want more, so trying again is no use. */
export const isOutOfMemory = (error: unknown): boolean => /^Out of Memory Error/.test((error as Error).message ?? '');
