import type { Invocation } from '../../tasks/lambdas/function-log';

/** The context that Lambda passes to a handler, with half a minute left. */
export const invocation: Invocation = {
	functionName: 'the-function',
	awsRequestId: 'the-request',
	getRemainingTimeInMillis: () => 30_000,
};

/** Collects the lines that handlers log, parsed, instead of printing them. */
export function collectLogLines(): Record<string, unknown>[] {
	const lines: Record<string, unknown>[] = [];
	for (const level of ['info', 'warn', 'error'] as const) {
		jest.spyOn(console, level).mockImplementation((...[line]: unknown[]) => void lines.push(JSON.parse(String(line))));
	}
	return lines;
}
