const dayMs = 86_400_000;

/** The date so many days after another; both `YYYY-MM-DD`. */
export const plusDays = (date: string, days: number): string =>
	new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10);

/** Whether the calendar has a date that is written like one. */
export const isRealDate = (date: string): boolean => {
	const time = Date.parse(`${date}T00:00:00Z`);
	return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === date;
};

const iso =
	/^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(?: *(?:(Z)|([+-])(\d{2}):?(\d{2})?))?$/i;

/**
 * A moment in UTC as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, read from ISO text; without an offset it is UTC already.
 * Undefined where it is none.
 */
export function readIsoTime(text: string): string | undefined {
	if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return isRealDate(text) ? `${text}T00:00:00.000000Z` : undefined;
	const [, date, hour, minute, second = '0', fraction = '', , sign, offsetHours = '0', offsetMinutes = '0'] =
		iso.exec(text) ?? [];
	if (date === undefined || !isRealDate(date)) return undefined;
	if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
	const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
	const time = Date.parse(date) + ((Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)) * 1000;
	return `${new Date(time).toISOString().slice(0, 19)}.${fraction.padEnd(6, '0')}Z`;
}

/** The offset of an ISO text in minutes, without its sign; 0 where it has none. */
export function parseOffset(text: string): number {
	const [, , , , , , , , hours = '0', minutes = '0'] = iso.exec(text) ?? [];
	return Number(hours) * 60 + Number(minutes);
}

/** A moment in the same form from epoch seconds or milliseconds: whole seconds have at most 11 digits. */
export function readEpoch(text: string): string | undefined {
	if (!/^\d+$/.test(text)) return undefined;
	const time = text.length <= 11 ? Number(text) * 1000 : Number(text);
	return `${new Date(time).toISOString().slice(0, 23)}000Z`;
}
