import type { Random } from '../platform/random';
import { toDate } from './calendar';
import { randomStreams } from './random-streams';

/** `time` ids grow with the time of the order; `random` ids are UUIDs. */
export const idKinds = ['time', 'random'] as const;
export type IdKind = (typeof idKinds)[number];

/**
 * Places for orders that the day itself does not send, so that their ids never collide with those of its own orders.
 */
export const places = {
	/** Orders that arrive late, by the number of days. */
	late: (days: number, number: number) => 90_000_000 + days * 1_000_000 + number,
	/** Records that break a rule. */
	broken: (number: number) => 95_000_000 + number,
	/** Orders that are never sent. */
	unknown: (number: number) => 98_000_000 + number,
} as const;

/** The id of the order at a place of a day. */
export function makeOrderId(random: Random, kind: IdKind, dayNumber: number, place: number): string {
	return kind === 'random' ? makeUuid(random, dayNumber, place) : timeOrdered(toDate(dayNumber), place);
}

const timeOrdered = (date: string, place: number) =>
	`O${date.slice(0, 4)}${date.slice(5, 7)}${date.slice(8)}-${padded(place)}`;

/** A text of at least 8 digits. */
function padded(place: number): string {
	const digits = `${place}`;
	return digits.length >= 8 ? digits : '00000000'.slice(digits.length) + digits;
}

const bytePairs = Array.from({ length: 65_536 }, (_, bits) => bits.toString(16).padStart(4, '0'));
const pair = (bits: number) => bytePairs[bits & 0xffff] as string;

/** A version 4 UUID, determined by seed, day and place. */
function makeUuid(random: Random, dayNumber: number, place: number): string {
	random.at(randomStreams.id, dayNumber, place);
	const [a, b, c, d] = [random.bits(), random.bits(), random.bits(), random.bits()];
	const version = pair((b & 0x0fff) | 0x4000);
	const variant = pair((c & 0x3fff) | 0x8000);
	return `${pair(a >>> 16)}${pair(a)}-${pair(b >>> 16)}-${version}-${variant}-${pair(c >>> 16)}${pair(d >>> 16)}${pair(d)}`;
}
