import { checksum, readCheckedJson } from './checked-json';
import { DamagedObjectError } from './damage';
import { prefixes } from './layout';
import { type Head, head as headSchema } from './model';
import type { ObjectStore, StoredObject } from './object-store';

const headName = /^(\d{10})\.json$/;
const hintKey = `${prefixes.hints}newest-head`;
/** A hint that is further ahead of the log than this is itself damaged, not a sign of lost heads. */
const maxLostHeads = 1_000_000;
const digits = (number: number) => String(number).padStart(10, '0');

/** The key of a head. */
export const headKey = (number: number): string => `${prefixes.heads}${digits(number)}.json`;

/** Reads a head; throws DamagedObjectError if it is missing or not what was written. */
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

/** The heads that are stored, oldest first, from number `from` on. Other objects beside them are ignored. */
export async function listHeads(store: ObjectStore, from = 1): Promise<HeadObject[]> {
	const heads: HeadObject[] = [];
	const add = ({ key, modified }: StoredObject) => {
		const number = Number(headName.exec(key.slice(prefixes.heads.length))?.[1] ?? 0);
		if (number >= from) heads.push({ number, modified });
	};
	for await (const object of store.list(prefixes.heads, from > 1 ? headKey(from - 1) : undefined)) add(object);
	return heads;
}

/** Where the log ends. */
export interface LogEnd {
	/** The number of the newest head that is stored; 0 if there is none. */
	readonly stored: number;
	/** The number of the newest head ever written, as far as is known; if it is higher than `stored`, that head is lost. */
	readonly written: number;
}

/**
 * Finds the end of the log. The hint saves listing a long log, and reveals lost heads. Who has seen a head (`seen`, 0 for none)
 * need not wait for the hint; else the hinted head, which is nearly always the newest, is prefetched.
 */
export async function findLogEnd(
	store: ObjectStore,
	seen: number,
	prefetch: (number: number) => Promise<unknown>,
): Promise<LogEnd> {
	const hint = store.getText(hintKey).then(hintedNumber);
	const listing = (seen > 0 ? Promise.resolve(seen) : hint).then((from) => {
		if (from > seen) void prefetch(from).catch(() => undefined);
		return listHeads(store, Math.max(1, from));
	});
	const [hinted, heads] = await Promise.all([hint, listing]);
	// The hint is written after its head: if neither that head nor a newer one is stored, only the whole log shows what is left.
	const newest = heads.at(-1) ?? (Math.max(seen, hinted) > 1 ? (await listHeads(store)).at(-1) : undefined);
	const stored = newest?.number ?? 0;
	const isPlausible = hinted - stored <= maxLostHeads;
	return { stored, written: isPlausible ? Math.max(stored, hinted) : stored };
}

/** Records a head as the newest. A stale hint costs a longer listing, never a wrong answer. */
export async function writeHint(store: ObjectStore, number: number): Promise<void> {
	await store.putText(hintKey, `${digits(number)} ${checksum(digits(number))}`);
}

/** The number in a hint; 0 if it is missing or damaged. Earlier versions wrote only the ten digits. */
function hintedNumber(hint = ''): number {
	const [, text, stated] = /^(\d{10})(?: ([0-9a-f]{32}))?$/.exec(hint) ?? [];
	if (text === undefined || (stated !== undefined && stated !== checksum(text))) return 0;
	return Number(text);
}
