import { UsageError } from '../platform/errors';

/** How a report writes its values, for readers of one locale. Values are exact text, as analyses give them. */
export interface Formats {
	/** An amount, `$1,234.50`. */
	money(value: string | null): string;
	/** An amount for an axis, `$1.2K`. */
	shortMoney(value: number): string;
	/** A whole number, `1,234`. */
	count(value: string | number | null): string;
	/** A number of a meaning that only its owner knows, `1,234.5`. */
	number(value: string | null): string;
	/** A share that is given in percent, `12.3%`. */
	percent(value: string | null): string;
	/** A change that is given in percent, with its sign: `+12.3%`. */
	change(value: string | null): string;
	/** `Nov 20, 2026`. */
	date(date: string): string;
	/** `Nov 20`. */
	day(date: string): string;
	/** `Nov 2026`. */
	month(date: string): string;
}

const nothing = '–';

/** Throws UsageError if the locale or the currency is not one. */
export function createFormats(locale: string, currency: string): Formats {
	if (!isLocale(locale)) throw new UsageError(`--locale '${locale}': give a language tag, such as en-US or de-DE.`);
	if (!/^[A-Za-z]{3}$/.test(currency)) {
		throw new UsageError(`--currency '${currency}': give the three letters of a currency, such as USD or EUR.`);
	}
	const numbers = (options: Intl.NumberFormatOptions) => {
		const format = new Intl.NumberFormat(locale, options);
		// Text keeps the digits that a number would lose.
		return (value: string | number | null) => (value === null ? nothing : format.format(value as number));
	};
	const dates = (options: Intl.DateTimeFormatOptions) => {
		const format = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options });
		return (date: string) => format.format(new Date(`${date}T00:00:00Z`));
	};
	const percents = (options: Intl.NumberFormatOptions) => {
		const format = numbers({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1, ...options });
		return (value: string | null) => format(value === null ? null : `${value}e-2`);
	};
	const money = { style: 'currency', currency } as const;
	return {
		money: numbers(money),
		shortMoney: numbers({ ...money, notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 1 }),
		count: numbers({ maximumFractionDigits: 0 }),
		number: numbers({ maximumFractionDigits: 6 }),
		percent: percents({}),
		change: percents({ signDisplay: 'exceptZero' }),
		date: dates({ year: 'numeric', month: 'short', day: 'numeric' }),
		day: dates({ month: 'short', day: 'numeric' }),
		month: dates({ year: 'numeric', month: 'short' }),
	};
}

function isLocale(locale: string): boolean {
	try {
		return Intl.getCanonicalLocales(locale).length === 1;
	} catch {
		return false;
	}
}
