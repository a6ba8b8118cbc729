import { cumulative } from '../platform/random';

const msPerDay = 86_400_000;
const twoDigits = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** Days from 1970-01-01. */
export const toDayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / msPerDay;
const dates = new Map<number, string>();
/** The date of a number of days from 1970-01-01; cached, because millions of records share few dates. */
export function toDate(dayNumber: number): string {
	const known = dates.get(dayNumber);
	if (known !== undefined) return known;
	const date = new Date(dayNumber * msPerDay).toISOString().slice(0, 10);
	dates.set(dayNumber, date);
	return date;
}
/** 0 for Monday to 6 for Sunday. */
export const toWeekday = (dayNumber: number): number => (dayNumber + 3) % 7;

/** A time of a date, given in seconds from midnight: `2026-11-20T08:13:07Z`. */
export function formatTime(date: string, second: number): string {
	const minute = Math.floor(second / 60);
	return `${date}T${twoDigits[Math.floor(minute / 60)]}:${twoDigits[minute % 60]}:${twoDigits[second % 60]}Z`;
}

/** A line whose times are local: without the `Z` after them. */
export const withLocalTimes = (line: string): string => line.replace(/(\dT\d\d:\d\d:\d\d)Z/g, '$1');

/** An amount in whole cents as decimal text with two digits. */
export const formatCents = (cents: number): string => `${Math.floor(cents / 100)}.${twoDigits[cents % 100]}`;

/** Weights of the hours for orders: people shop at lunch and in the evening, on weekends from late morning. */
const workday = [6, 3, 2, 1, 1, 3, 8, 18, 28, 34, 38, 46, 58, 50, 40, 38, 42, 54, 68, 82, 88, 74, 44, 18];
const weekend = [12, 7, 4, 2, 1, 2, 4, 10, 24, 44, 62, 70, 68, 64, 62, 60, 58, 58, 62, 66, 64, 54, 36, 20];
const hours = [workday, weekend].map(cumulative);

/** The second of the day by which a share of its orders has been placed. */
export function secondAt(share: number, weekday: number): number {
	const shares = hours[weekday < 5 ? 0 : 1] as number[];
	let hour = 0;
	while (hour < 23 && share >= (shares[hour] as number)) hour++;
	const before = hour === 0 ? 0 : (shares[hour - 1] as number);
	const within = (share - before) / ((shares[hour] as number) - before);
	return hour * 3600 + Math.floor(within * 3600);
}

/** Shares of orders with 1, 2, 3, 4 and 5 lines by weekday, from Monday: baskets grow towards the weekend. */
export const basketSizes: readonly (readonly number[])[] = [
	[16, 24, 28, 18, 14],
	[18, 26, 27, 17, 12],
	[18, 25, 28, 17, 12],
	[16, 24, 28, 18, 14],
	[13, 21, 28, 21, 17],
	[9, 17, 26, 25, 23],
	[10, 18, 27, 24, 21],
].map(cumulative);
