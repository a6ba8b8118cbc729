import type { TaskContext } from '../context';
import { timeZoneOf } from '../lake';
import type { Outcome } from '../platform/result';
import { localTime } from '../platform/time-zone';
import { createFormats } from './formats';
import { readReport } from './read-report';
import { renderReport } from './render-report';
import { decideRange } from './report-range';
import { locatePage, writePage } from './write-report';

export interface ReportOptions {
	/** The first and the last date; by default the 28 days up to the newest order date. */
	readonly from?: string | undefined;
	readonly to?: string | undefined;
	/** A folder, or `s3://bucket/prefix`; by default `reports/` in the lake's bucket. */
	readonly out?: string | undefined;
	/** How the page writes numbers and dates; `en-US` by default. */
	readonly locale?: string | undefined;
	/** The currency of all amounts, such as `EUR`; by default the project's, else `USD`. */
	readonly currency?: string | undefined;
	readonly dryRun?: boolean;
}

/**
 * Writes a page about the shop for a range of dates, from one state of the lake. Returns where it is. Throws UsageError if
 * the locale or the currency is not one, or nothing can be written to `out`.
 */
export async function report(context: TaskContext, options: ReportOptions): Promise<Outcome> {
	const { locale = 'en-US', currency = (await context.project()).config.currency ?? 'USD' } = options;
	const formats = createFormats(locale, currency);
	const snapshot = await (await context.lake()).newest();
	const now = new Date(localTime(timeZoneOf(snapshot.head), context.clock().getTime()));
	const range = await decideRange(snapshot, options, now);
	const { from, to } = range;
	const name = `shop-report-${from}-to-${to}.html`;
	const location = locatePage(context, { name, out: options.out });
	const head = snapshot.head.number;
	if (options.dryRun) return { status: 'planned', location, from, to, head };
	const page = renderReport(await readReport(context, snapshot, range), formats);
	await writePage(context, page, { name, out: options.out });
	return { status: 'done', location, bytes: Buffer.byteLength(page), from, to, head };
}
