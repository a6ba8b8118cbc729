import { UsageError } from './errors';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3600_000 };

/** A longer timer would fire immediately. */
const longestMs = 2 ** 31 - 1;

/** Milliseconds from `500ms`, `3s`, `1.5m` or `2h`, at most 24 days; throws UsageError, which names the flag. */
export function parseDuration(flag: string, text: string): number {
	const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim()) ?? [];
	const ms = Number(number) * (unitMs[unit] ?? Number.NaN);
	if (ms > 0 && ms <= longestMs) return ms;
	if (ms > longestMs) throw new UsageError(`${flag} '${text}' is too long: give at most 596h.`);
	throw new UsageError(`${flag} '${text}' is not a duration: write a number and ms, s, m or h, such as 3s.`);
}
