import { checksum, readCheckedJson } from './checked-json';
import { DamagedObjectError } from './damage';
import { type Head, head as headSchema } from './model';
import type { ObjectStore, StoredObject } from './store';

const prefix = '_heads/';
const headForm = /^_heads\/(\d{10})\.json$/;
const hintKey = '_hints/newest-head';
/** A hint that is this much ahead of the log tells of no loss: it is damaged itself. */
const mostLost = 1_000_000;
const digits = (number: number) => String(number).padStart(10, '0');

/** The key of a head. */
export const headKey = (number: number): string => `${prefix}${digits(number)}.json`;

/** Reads a head; throws DamagedObjectError where it is missing or not what was written. */
export async function readHead(store: ObjectStore, number: number): Promise<Head> {
	const head = await readCheckedJson(store, headKey(number), headSchema);
	if (head.number === number) return head;
	throw new DamagedObjectError(headKey(number), `is damaged: it holds head ${head.number}`);
}

/** An object of the log: a head's number, and when the store received it. */
export interface HeadObject {
	readonly number: number;
	readonly modified: Date;
}

/** The heads that are stored, oldest first, from number `from` on. Whatever else lies beside them is ignored. */
export async function listHeads(store: ObjectStore, from = 1): Promise<HeadObject[]> {
	const heads: HeadObject[] = [];
	const add = ({ key, modified }: StoredObject) => {
		const number = Number(headForm.exec(key)?.[1] ?? 0);
		if (number >= from) heads.push({ number, modified });
	};
	for await (const object of store.list(prefix, from > 1 ? headKey(from - 1) : undefined)) add(object);
	return heads;
}

/** Where the log ends. */
export interface LogEnd {
	/** The number of the newest head that is stored; 0 where there is none. */
	readonly stored: number;
	/** The number of the newest head that was ever written, as far as is known; a higher one than `stored` is lost. */
	readonly written: number;
}

/** Finds the end of the log. The hint saves listing a long log, and tells of heads that are lost. */
export async function findLogEnd(store: ObjectStore): Promise<LogEnd> {
	const hinted = hintedNumber(await store.getText(hintKey));
	const heads = await listHeads(store, Math.max(1, hinted));
	// The hint is written after its head: where that one is not stored, nor a newer one, the whole log tells what is left.
	const newest = heads.at(-1) ?? (hinted > 1 ? (await listHeads(store)).at(-1) : undefined);
	const stored = newest?.number ?? 0;
	const isPlausible = hinted - stored <= mostLost;
	return { stored, written: isPlausible ? Math.max(stored, hinted) : stored };
}

/** Notes a head as the newest. A hint that is late costs a longer listing, never a wrong answer. */
export async function hintAt(store: ObjectStore, number: number): Promise<void> {
	await store.putText(hintKey, `${digits(number)} ${checksum(digits(number))}`);
}

/** The number in a hint; 0 for a hint that is missing or damaged. Earlier versions wrote the ten digits only. */
function hintedNumber(hint = ''): number {
	const [, text, stated] = /^(\d{10})(?: ([0-9a-f]{32}))?$/.exec(hint) ?? [];
	if (text === undefined || (stated !== undefined && stated !== checksum(text))) return 0;
	return Number(text);
}
