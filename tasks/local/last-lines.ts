/** The last output of a failed program, on one line. `error` is what `execFile` rejects with. */
export function lastOutput(error: unknown, count = 1): string {
	const { stderr = '', stdout = '', message = String(error) } = error as Partial<Record<string, string>>;
	return lastLines(`${stdout}\n${stderr}`, count) || message;
}

/** The last non-blank lines of a text, joined on one line. */
export function lastLines(text: string, count: number): string {
	const lines = text.split('\n').map((line) => line.trim());
	return lines
		.filter((line) => line !== '')
		.slice(-count)
		.join(' | ');
}
