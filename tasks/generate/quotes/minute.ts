const minuteMs = 60_000;

/** The minute that an instant lies in, counted from 1970. */
export const toMinute = (instant: Date): number => Math.floor(instant.getTime() / minuteMs);

/** A second of a minute as `2026-11-20T09:31:05Z`. */
export const formatSecond = (minute: number, second: number): string => isoSecond(minute * minuteMs + second * 1000);

/** An instant, in milliseconds since 1970, as `2026-11-20T09:31:05Z`. */
export const isoSecond = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Where the quotes of a stock in a minute lie: `stocks/2026-11-20/0931/AAPL.csv`. */
export function quoteFileKey(minute: number, ticker: string): string {
	const iso = formatSecond(minute, 0);
	return `${stocksPrefix}${iso.slice(0, 10)}/${iso.slice(11, 13)}${iso.slice(14, 16)}/${ticker}.csv`;
}

/** Where files of quotes arrive. */
export const stocksPrefix = 'stocks/';
