/** What a program said last before it failed, on one line. `error` is what `execFile` rejects with. */
export function lastOutput(error: unknown, count = 1): string {
	const { stderr = '', stdout = '', message = String(error) } = error as Partial<Record<string, string>>;
	return lastLines(`${stdout}\n${stderr}`, count) || message;
}

/** The last lines of a text that aren't blank, on one line. */
export function lastLines(text: string, count: number): string {
	const lines = text.split('\n').map((line) => line.trim());
	return lines
		.filter((line) => line !== '')
		.slice(-count)
		.join(' | ');
}
