import { type AwsFamily, awsFamily, familyFacts } from './aws-errors';
import { exitCodes, ShoplakeError } from './errors';

/** An error of the SDK, Node or DuckDB; every field is optional, because anything can be thrown. */
interface AnyError {
	readonly name?: string;
	readonly message?: string;
	readonly code?: string;
	readonly cause?: unknown;
	/** The URL that Node can't parse. */
	readonly input?: unknown;
	/** The host name that could not be resolved. */
	readonly hostname?: string;
	readonly $metadata?: { readonly httpStatusCode?: number };
	readonly $response?: { readonly statusCode?: number };
}

/** A failure on this machine or on the way to AWS, before AWS answers with its own error. */
interface LocalFailure {
	readonly exitCode: number;
	readonly hint: string;
	readonly matches: (error: AnyError) => boolean;
}

const hasCode =
	(pattern: RegExp) =>
	({ code = '' }: AnyError): boolean =>
		pattern.test(String(code));
const hasMessage =
	(pattern: RegExp) =>
	({ message = '' }: AnyError): boolean =>
		pattern.test(message);

/** In the order of matching: DuckDB also calls it `Out of Memory Error` when spilling fills the disk. */
const localFailures = {
	disk: {
		exitCode: exitCodes.tryAgain,
		hint: 'The disk is full. Free some space, or set SHOPLAKE_SCRATCH to a folder with more; then run it again.',
		matches: (error) =>
			hasCode(/^(ENOSPC|EDQUOT)$/)(error) ||
			hasMessage(/No space left on device|Disk quota exceeded|max_temp_directory_size/)(error),
	},
	memory: {
		exitCode: exitCodes.configuration,
		hint: "Raise SHOPLAKE_MEMORY, or the container's limit if that is not set; fewer threads (SHOPLAKE_THREADS) need less.",
		matches: (error) =>
			hasCode(/^ENOMEM$/)(error) || hasMessage(/^Out of Memory Error|Array buffer allocation failed/)(error),
	},
	value: {
		exitCode: exitCodes.dataRefused,
		hint: 'One value is longer than 512 MiB, the limit of a text in Node. Shorten it, in SQL with left() or substr().',
		matches: (error) => hasCode(/^ERR_STRING_TOO_LONG$/)(error) || hasMessage(/^Invalid string length$/)(error),
	},
	openFiles: {
		exitCode: exitCodes.configuration,
		hint: 'Raise the limit of open files (ulimit -n, or nofile of the container).',
		matches: (error) => hasCode(/^(EMFILE|ENFILE)$/)(error) || hasMessage(/Too many open files/)(error),
	},
	rights: {
		exitCode: exitCodes.configuration,
		hint: 'Let the user who runs the task read and write there, or choose another location.',
		matches: (error) =>
			hasCode(/^(EACCES|EPERM|EROFS)$/)(error) ||
			hasMessage(/^IO Error.*(Permission denied|Read-only file system)/)(error),
	},
	machine: {
		exitCode: exitCodes.tryAgain,
		hint: 'The disk or the system has failed. Run it again; if it keeps failing, check the machine.',
		matches: (error) => hasCode(/^(EIO|EBUSY|EAGAIN)$/)(error) || hasMessage(/^IO Error.*Input\/output error/)(error),
	},
	region: {
		exitCode: exitCodes.configuration,
		hint: 'Set AWS_REGION to a region of AWS, such as eu-central-1.',
		matches: (error) =>
			hasMessage(/Region is missing|Region not accepted/)(error) ||
			(hasCode(/^ENOTFOUND$/)(error) && /\.amazonaws\.com(\.cn)?$/.test(error.hostname ?? error.message ?? '')),
	},
	address: {
		exitCode: exitCodes.configuration,
		hint: 'Correct AWS_ENDPOINT_URL, the name of the bucket or the URL of the queue: a URL is http://host:port or https://host.',
		matches: (error) =>
			hasCode(/^ERR_INVALID_URL$/)(error) || hasMessage(/^No value provided for input HTTP label: Bucket/)(error),
	},
	certificate: {
		exitCode: exitCodes.configuration,
		hint: 'Check AWS_ENDPOINT_URL (http or https), and set NODE_EXTRA_CA_CERTS to the certificate of a proxy.',
		matches: hasCode(/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO|ERR_TLS_|ERR_SSL_)/),
	},
	unanswered: {
		exitCode: exitCodes.tryAgain,
		hint: 'Check the network: security group, endpoints, proxy, AWS_REGION.',
		matches: (error) =>
			/^(TimeoutError|NetworkingError|AbortError)$/.test(error.name ?? '') ||
			/ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENETRESET|EADDRNOTAVAIL|ENOBUFS|socket hang up/.test(
				`${error.code} ${error.message}`,
			),
	},
	broken: {
		exitCode: exitCodes.tryAgain,
		hint: 'The connection broke or changed bytes. Run it again; if it keeps failing, check the network and the proxy.',
		matches: (error) =>
			hasCode(/^(HPE_|ERR_HTTP2_|ERR_STREAM_PREMATURE_CLOSE)/)(error) ||
			hasMessage(/^(Checksum mismatch|aborted$|Connection lost or stream closed|Premature close)/)(error) ||
			// A response that can't be parsed: it is truncated, or a proxy has sent its own page.
			hasMessage(/Deserialization error/)(error),
	},
} satisfies Record<string, LocalFailure>;

type LocalKind = keyof typeof localFailures;

/** The most nested causes of an error that are looked at. */
const mostCauses = 5;

interface Classified {
	readonly kind: LocalKind | AwsFamily;
	readonly exitCode: number;
	readonly hint: string | undefined;
}

/** Whether the container has a role: then missing credentials are only temporarily unavailable. */
const hasContainerRole = (): boolean =>
	[process.env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI].some(Boolean);

function classify(error: unknown, depth = 0): Classified | undefined {
	if (typeof error !== 'object' || error === null) return undefined;
	const { name = '', message = '', cause, $metadata, $response } = error as AnyError;
	if (name === 'CredentialsProviderError' && hasContainerRole()) {
		return {
			kind: 'busy',
			exitCode: exitCodes.tryAgain,
			hint: "The role's credentials can't be fetched. Run it again.",
		};
	}
	const local = (Object.keys(localFailures) as LocalKind[]).find((kind) => localFailures[kind].matches(error));
	const status = $metadata?.httpStatusCode ?? $response?.statusCode;
	const family = awsFamily(name, message, status);
	// The error name that AWS gives is more specific than its message.
	if (family !== undefined && (local === undefined || name !== 'Error')) {
		const { exitCode, hint } = familyFacts(family);
		return { kind: family, exitCode, hint };
	}
	if (local !== undefined) return { kind: local, ...localFailures[local] };
	return depth < mostCauses ? classify(cause, depth + 1) : undefined;
}

/** The exit code of a task that ends with this error, whether it is ours, the SDK's, the system's or DuckDB's. */
export function failureExitCode(error: unknown): number {
	if (error instanceof ShoplakeError) return error.exitCode;
	return classify(error)?.exitCode ?? exitCodes.internal;
}

/** Whether a retry may succeed without a fix. */
export const isRetryable = (error: unknown): boolean => failureExitCode(error) === exitCodes.tryAgain;

/** Whether a connection delivered nothing, too little, or corrupt bytes, so that the request can be repeated. */
export function isConnectionLost(error: unknown): boolean {
	if (error instanceof ShoplakeError || (error as Error).name === 'AbortError') return false;
	const kind = classify(error)?.kind;
	return kind === 'unanswered' || kind === 'broken';
}

/** Whether the other end of a connection did not answer, or hung up. */
export const isUnanswered = (error: unknown): boolean =>
	!(error instanceof ShoplakeError) && classify(error)?.kind === 'unanswered';

/** Whether DuckDB ran out of memory and could not spill. A retry does not help. */
export const isOutOfMemory = (error: unknown): boolean =>
	!(error instanceof ShoplakeError) && classify(error)?.kind === 'memory';

const requests = new WeakMap<object, string>();

/** Records the request that an error answers, such as `S3 PutObject s3://lake/key`, for its message. */
export function noteRequest(error: unknown, request: string): void {
	if (typeof error === 'object' && error !== null && !requests.has(error)) requests.set(error, request);
}

/** What went wrong, where, and how to fix it, in one line. Our own messages say all that already. */
export function explain(error: unknown): string {
	const { name = 'Error', message = '', code, input, $metadata, $response } = error as AnyError;
	if (error instanceof ShoplakeError) return message;
	const found = classify(error);
	const status = $metadata?.httpStatusCode ?? $response?.statusCode;
	const isNameless = /^Unknown(Error)?$/.test(name);
	const what = isNameless && status ? `HTTP ${status}` : name;
	const words = /^(UnknownError)?$/.test(message) ? (code ?? '') : message.split(/\n\s*Deserialization error/)[0];
	const request = typeof error === 'object' && error !== null ? requests.get(error) : undefined;
	const where = [input === undefined ? undefined : `'${input}'`, request].filter((part) => part !== undefined);
	const said = [what, words?.replaceAll(/\s+/g, ' ').trim()].filter(Boolean).join(': ').replace(/\.$/, '');
	return [`${said}${where.length > 0 ? ` (${where.join(', ')})` : ''}.`, found?.hint].filter(Boolean).join(' ');
}
