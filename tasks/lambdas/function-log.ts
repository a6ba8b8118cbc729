/** What Lambda tells a handler about its invocation: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export interface Invocation {
	readonly functionName: string;
	readonly awsRequestId: string;
	getRemainingTimeInMillis(): number;
}

type Fields = Readonly<Record<string, unknown>>;
type Write = (message: string, fields?: Fields) => void;

/** The log of one invocation: a JSON object a line with `level`, `message`, `function`, `request_id`, and what is given. */
export type FunctionLog = Readonly<Record<'info' | 'warn' | 'error', Write>>;

export function createFunctionLog({
	functionName,
	awsRequestId,
}: Omit<Invocation, 'getRemainingTimeInMillis'>): FunctionLog {
	const write =
		(level: keyof FunctionLog): Write =>
		(message, fields = {}) =>
			console[level](JSON.stringify({ level, message, function: functionName, request_id: awsRequestId, ...fields }));
	return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** What a log line says about a failure: its kind, the reason, and the id of the request that AWS refused, if one was. */
export function failureFields(error: unknown): Fields {
	const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
	return { error: name, reason: message, aws_request_id: findRequestId(error) };
}

interface AwsError {
	readonly $metadata?: { readonly requestId?: string };
	readonly cause?: unknown;
}

/** Of the error itself, or of the one that caused it. */
function findRequestId(error: unknown): string | undefined {
	if (typeof error !== 'object' || error === null) return undefined;
	const { $metadata, cause } = error as AwsError;
	return $metadata?.requestId ?? findRequestId(cause);
}

/** A handler that is given its log. A failure is logged, and thrown on, so that Lambda sees it. */
export const withLog =
	<Event, Response>(handle: (event: Event, log: FunctionLog, invocation: Invocation) => Promise<Response>) =>
	async (event: Event, invocation: Invocation): Promise<Response> => {
		const log = createFunctionLog(invocation);
		try {
			return await handle(event, log, invocation);
		} catch (error) {
			log.error('The function failed', failureFields(error));
			throw error;
		}
	};
