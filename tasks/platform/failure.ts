import { type AwsFamily, awsFamily, familyFacts } from './aws-errors';
import { exitCodes, ShoplakeError } from './errors';

/** An error as it may come from the SDK, Node or DuckDB; all of it optional, because anything can be thrown. */
interface AnyError {
	readonly name?: string;
	readonly message?: string;
	readonly code?: string;
	readonly cause?: unknown;
	/** What the URL was that Node can't parse. */
	readonly input?: unknown;
	/** The name that could not be resolved. */
	readonly hostname?: string;
	readonly $metadata?: { readonly httpStatusCode?: number };
	readonly $response?: { readonly statusCode?: number };
}

/** What goes wrong on this machine or on the way to AWS, before AWS answers with an error of its own. */
interface LocalFailure {
	readonly exitCode: number;
	readonly hint: string;
	readonly matches: (error: AnyError) => boolean;
}

const hasCode =
	(pattern: RegExp) =>
	({ code = '' }: AnyError): boolean =>
		pattern.test(String(code));
const says =
	(pattern: RegExp) =>
	({ message = '' }: AnyError): boolean =>
		pattern.test(message);

/** In the order in which they are tried: a spilling DuckDB that fills the disk calls that `Out of Memory Error`, too. */
const localFailures = {
	disk: {
		exitCode: exitCodes.tryAgain,
		hint: 'The disk is full. Free some space, or name a larger folder by SHOPLAKE_SCRATCH; then run it again.',
		matches: (error) =>
			hasCode(/^(ENOSPC|EDQUOT)$/)(error) ||
			says(/No space left on device|Disk quota exceeded|max_temp_directory_size/)(error),
	},
	memory: {
		exitCode: exitCodes.configuration,
		hint: "Give it more by SHOPLAKE_MEMORY, or the container's limit where that is not set; fewer threads (SHOPLAKE_THREADS) need less.",
		matches: (error) =>
			hasCode(/^ENOMEM$/)(error) || says(/^Out of Memory Error|Array buffer allocation failed/)(error),
	},
	value: {
		exitCode: exitCodes.dataRefused,
		hint: 'One value has more than 512 MiB, the most that a text of Node can have. Shorten it, in SQL by left() or substr().',
		matches: (error) => hasCode(/^ERR_STRING_TOO_LONG$/)(error) || says(/^Invalid string length$/)(error),
	},
	openFiles: {
		exitCode: exitCodes.configuration,
		hint: 'Raise the limit of open files (ulimit -n, or nofile of the container).',
		matches: (error) => hasCode(/^(EMFILE|ENFILE)$/)(error) || says(/Too many open files/)(error),
	},
	rights: {
		exitCode: exitCodes.configuration,
		hint: 'Let the user who runs the task read and write there, or name another place.',
		matches: (error) =>
			hasCode(/^(EACCES|EPERM|EROFS)$/)(error) || says(/^IO Error.*(Permission denied|Read-only file system)/)(error),
	},
	machine: {
		exitCode: exitCodes.tryAgain,
		hint: 'The disk or the system has failed. Run it again; if it goes on, look at the machine.',
		matches: (error) => hasCode(/^(EIO|EBUSY|EAGAIN)$/)(error) || says(/^IO Error.*Input\/output error/)(error),
	},
	region: {
		exitCode: exitCodes.configuration,
		hint: 'Set AWS_REGION to a region of AWS, such as eu-central-1.',
		matches: (error) =>
			says(/Region is missing|Region not accepted/)(error) ||
			(hasCode(/^ENOTFOUND$/)(error) && /\.amazonaws\.com(\.cn)?$/.test(error.hostname ?? error.message ?? '')),
	},
	address: {
		exitCode: exitCodes.configuration,
		hint: 'Correct AWS_ENDPOINT_URL, the name of the bucket or the URL of the queue: a URL is http://host:port or https://host.',
		matches: (error) =>
			hasCode(/^ERR_INVALID_URL$/)(error) || says(/^No value provided for input HTTP label: Bucket/)(error),
	},
	certificate: {
		exitCode: exitCodes.configuration,
		hint: 'Check AWS_ENDPOINT_URL (http or https), and name the certificate of a proxy by NODE_EXTRA_CA_CERTS.',
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
		hint: 'The connection broke off or changed bytes. Run it again; if it goes on, check the network and the proxy.',
		matches: (error) =>
			hasCode(/^(HPE_|ERR_HTTP2_|ERR_STREAM_PREMATURE_CLOSE)/)(error) ||
			says(/^(Checksum mismatch|aborted$|Connection lost or stream closed|Premature close)/)(error) ||
			// An answer that can't be parsed: a proxy has put its own page there, or it is cut off.
			says(/Deserialization error/)(error),
	},
} satisfies Record<string, LocalFailure>;

type LocalKind = keyof typeof localFailures;

/** So many causes behind an error are looked at. */
const mostCauses = 5;

interface Classified {
	readonly kind: LocalKind | AwsFamily;
	readonly exitCode: number;
	readonly hint: string | undefined;
}

/** Whether the machine has a role, so that credentials are there even where they can't be fetched just now. */
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
	// A name that AWS gives says more than the words of its message.
	if (family !== undefined && (local === undefined || name !== 'Error')) {
		const { exitCode, hint } = familyFacts(family);
		return { kind: family, exitCode, hint };
	}
	if (local !== undefined) return { kind: local, ...localFailures[local] };
	return depth < mostCauses ? classify(cause, depth + 1) : undefined;
}

/** The exit code of a task that ends with this error, whoever threw it: our own, the SDK's, the system's, DuckDB's. */
export function failureExitCode(error: unknown): number {
	if (error instanceof ShoplakeError) return error.exitCode;
	return classify(error)?.exitCode ?? exitCodes.internal;
}

/** Whether another try of the same may succeed, as it stands. */
export const isPassing = (error: unknown): boolean => failureExitCode(error) === exitCodes.tryAgain;

/** Whether a connection brought nothing, not all, or something else than was sent: what it was asked for can be asked for again. */
export function isConnectionLost(error: unknown): boolean {
	if (error instanceof ShoplakeError || (error as Error).name === 'AbortError') return false;
	const kind = classify(error)?.kind;
	return kind === 'unanswered' || kind === 'broken';
}

/** Whether nobody answered at the other end of a connection, or hung up. */
export const isUnanswered = (error: unknown): boolean =>
	!(error instanceof ShoplakeError) && classify(error)?.kind === 'unanswered';

/** Whether DuckDB could neither do with the memory it may use nor spill. More threads want more, so trying again is no use. */
export const isOutOfMemory = (error: unknown): boolean =>
	!(error instanceof ShoplakeError) && classify(error)?.kind === 'memory';

const requests = new WeakMap<object, string>();

/** Notes which request an error is the answer to, such as `S3 PutObject s3://lake/key`; a message then names it. */
export function noteRequest(error: unknown, request: string): void {
	if (typeof error === 'object' && error !== null && !requests.has(error)) requests.set(error, request);
}

/** What went wrong, where, and how to fix it, in one line. A message of our own says all that already. */
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
