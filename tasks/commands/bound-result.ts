/** CloudWatch Logs cuts a line of 256 KiB into two, and then no caller could read it. */
const largestLine = 200 * 1024;
/** How many entries of each list are left, until the line is short enough. */
const shorter = [1000, 100, 10, 0] as const;

/**
 * The JSON of a result in one line of at most 200 KiB. In a result that is larger, the longest lists keep their first
 * entries, and `shortened` has the length that each had. What is left out can be looked up in the lake by `status`.
 */
export function boundResult(result: Readonly<Record<string, unknown>>): string {
	const whole = JSON.stringify(result);
	if (isShort(whole)) return whole;
	for (const length of shorter) {
		const lengths: Record<string, number> = {};
		const cut = JSON.stringify({ ...(shorten(result, length, '', lengths) as object), shortened: lengths });
		if (isShort(cut)) return cut;
	}
	const { task, run_id, status, error } = result;
	return JSON.stringify({ task, run_id, status, error: String(error ?? '').slice(0, 10_000), shortened: {} });
}

const isShort = (line: string): boolean => Buffer.byteLength(line) <= largestLine;

/** A copy in which no list has more than `length` entries. `lengths` receives the former length of each, by its path. */
function shorten(value: unknown, length: number, path: string, lengths: Record<string, number>): unknown {
	if (Array.isArray(value)) {
		if (value.length > length) lengths[path] = value.length;
		return value.slice(0, length).map((entry, place) => shorten(entry, length, `${path}[${place}]`, lengths));
	}
	if (value === null || typeof value !== 'object') return value;
	const entries = Object.entries(value).map(([key, inner]) => [
		key,
		shorten(inner, length, path === '' ? key : `${path}.${key}`, lengths),
	]);
	return Object.fromEntries(entries);
}
