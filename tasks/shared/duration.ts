import { UsageError } from './errors';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3600_000 };

/** A timer of Node's that is set for longer goes off at once. */
const longest = 24 * 24 * 3600_000;

/** Milliseconds of `500ms`, `3s`, `1.5m` or `2h`; throws UsageError that names the flag. */
export function durationOf(flag: string, text: string): number {
	const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim()) ?? [];
	const ms = Number(number) * (unitMs[unit] ?? Number.NaN);
	if (ms > longest) throw new UsageError(`${flag} '${text}' is too long: give 24 days (576h) at most.`);
	if (ms > 0) return ms;
	throw new UsageError(`${flag} '${text}' is no duration: write a number and ms, s, m or h, such as 3s.`);
}
