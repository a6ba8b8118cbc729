/** Whether a file's name, with `.gz` or without, has a pattern such as `orders_export*.csv`; letters in either case. */
export function matchesPattern(name: string, pattern: string): boolean {
	const source = pattern
		.replace(/[.+^${}()|[\]\\]/g, '\\$&')
		.replaceAll('*', '.*')
		.replaceAll('?', '.');
	return new RegExp(`^${source}(\\.gz)?$`, 'is').test(name);
}
