import type { CompletionCallback } from 'yargs';

/**
 * What may follow the words of an unfinished command line: what yargs knows, and after `query` the names of the analyses.
 */
export async function complete(
	current: string,
	argv: { readonly _?: readonly unknown[] },
	usual: (done?: CompletionCallback) => unknown,
	done: (completions: string[]) => unknown,
): Promise<void> {
	const known = await new Promise<string[]>((resolve) => usual((_, completions = []) => resolve(completions)));
	const [, command] = argv._ ?? [];
	const isValueOfFlag = process.argv.at(-2)?.startsWith('-') === true;
	if (command !== 'query' || current.startsWith('-') || isValueOfFlag) return void done(known);
	const { listAnalyses } = await import('../query/list-analyses');
	// For zsh, a colon separates a name from its description.
	const describe = process.env.SHELL?.includes('zsh');
	const names = listAnalyses().map(({ name, question }) => (describe ? `${name}:${question}` : name));
	done(names);
}
