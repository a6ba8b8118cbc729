/**
 * The commands of a text for a shell, each as its words without quotes. A command in `$(…)` is one of its own; variables
 * that are set before a command are left out.
 */
export function listCommands(text: string): string[][] {
	const inner = [...text.matchAll(/\$\(([^()]*)\)/g)].flatMap(([, command = '']) => listCommands(command));
	const outer = text.replace(/\\\n/g, ' ').replace(/\$\([^()]*\)/g, '$VALUE');
	const commands: string[][] = [[]];
	for (const [, quoted, word, end] of outer.matchAll(tokens)) {
		if (end !== undefined) commands.push([]);
		else if (quoted !== undefined || word !== undefined) commands.at(-1)?.push(quoted?.slice(1, -1) ?? word ?? '');
	}
	return [...inner, ...commands.map(withoutVariables).filter((words) => words.length > 0)];
}

/** A word in quotes, one without, or what ends a command; a comment is none of these. */
const tokens = /("[^"]*"|'[^']*')|(?:(?<=^|\s)#.*)|((?:[^\s"'|&;<>]|"[^"]*"|'[^']*')+)|(&&|[|;&\n])/gm;

function withoutVariables(words: readonly string[]): string[] {
	const first = words.findIndex((word) => !/^\w+=/.test(word));
	return first < 0 ? [] : words.slice(first);
}
