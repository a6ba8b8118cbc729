import type { Options } from 'yargs';
import { isDate } from '../platform/dates';
import { UsageError } from '../platform/errors';

/** The flags of an interval of dates. */
export const intervalOptions = {
	from: { type: 'string', describe: 'First date (YYYY-MM-DD)' },
	to: { type: 'string', describe: 'Last date (included)' },
} as const satisfies Record<string, Options>;

/** The interval that the flags give, both ends included; undefined without flags. Throws UsageError for an invalid interval. */
export function parseInterval(args: {
	from?: string | undefined;
	to?: string | undefined;
}): { from: string; to: string } | undefined {
	const { from, to } = args;
	if (from === undefined && to === undefined) return undefined;
	if (from === undefined || to === undefined) throw new UsageError('Give both --from and --to, or neither.');
	checkDate('--from', from);
	checkDate('--to', to);
	if (from > to) throw new UsageError(`--from ${from} is after --to ${to}.`);
	return { from, to };
}

/** Throws UsageError unless a text is an existing date, as YYYY-MM-DD. */
export function checkDate(flag: string, text: string): void {
	if (!isDate(text)) {
		throw new UsageError(`${flag} '${text}' is not a valid date; write it as 2026-11-20.`);
	}
}
