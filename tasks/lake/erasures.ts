import { randomBytes, scryptSync } from 'node:crypto';
import * as z from 'zod';
import { prefixes } from './layout';
import type { ObjectStore } from './object-store';

const record = z.object({
	format: z.literal(1),
	/** A salted digest of the id: who knows the id can find the record, and the record does not tell the id. */
	person: z.string(),
	run_id: z.string(),
	begun_at: z.string(),
	/** Null until everything is erased: the next run completes it. */
	finished_at: z.string().nullable(),
	/** What was erased, as the result has it. */
	erased: z.record(z.string(), z.unknown()).optional(),
});
export type ErasureRecord = z.infer<typeof record>;

const saltKey = `${prefixes.erasures}salt`;
const digestBytes = 16;

/** The digest of an id, with the salt of the lake; the first one makes the salt unless nothing may be written. */
export async function digestPerson(store: ObjectStore, user: string, { dryRun = false } = {}): Promise<string> {
	const fresh = randomBytes(16).toString('hex');
	if ((await store.getText(saltKey)) === undefined && !dryRun) await store.createText(saltKey, fresh);
	const salt = (await store.getText(saltKey)) ?? fresh;
	// Slow on purpose: ids can be guessed one by one.
	return scryptSync(user, salt, digestBytes).toString('hex');
}

const recordKey = (person: string): string => `${prefixes.erasures}${person}.json`;

/** The record of a person's last erasure; undefined if there was none. */
export async function readErasure(store: ObjectStore, person: string): Promise<ErasureRecord | undefined> {
	const text = await store.getText(recordKey(person));
	return text === undefined ? undefined : record.parse(JSON.parse(text));
}

export async function writeErasure(store: ObjectStore, erasure: ErasureRecord): Promise<void> {
	await store.putText(recordKey(erasure.person), `${JSON.stringify(erasure, null, '\t')}\n`);
}

/** The keys of the records of erasures that have begun and not ended. */
export async function listUnfinishedErasures(store: ObjectStore): Promise<string[]> {
	const unfinished: string[] = [];
	for await (const { key } of store.list(prefixes.erasures)) {
		if (!key.endsWith('.json')) continue;
		const text = await store.getText(key);
		if (text !== undefined && record.parse(JSON.parse(text)).finished_at === null) unfinished.push(key);
	}
	return unfinished;
}
