import { ShoplakeError } from '../../platform/errors';
import { explain, isUnanswered } from '../../platform/failure';

/** What went wrong and how to fix it, in one line. */
export function describeFailure(error: unknown): string {
	const { name = 'Error', message = '', code } = error as { name?: string; message?: string; code?: string };
	if (error instanceof ShoplakeError) return message;
	if (isUnanswered(error)) {
		const endpoint = process.env.AWS_ENDPOINT_URL;
		return endpoint
			? `Nothing answers at ${endpoint} (${code ?? name}). Is the local AWS up ('shoplake local status')? From a container, 127.0.0.1 is the container itself.`
			: `AWS does not answer (${code ?? name}). Check the network: security group, endpoints, proxy, AWS_REGION.`;
	}
	if (/Region is missing/.test(message)) return 'No region is set. Set AWS_REGION.';
	return explain(error);
}
