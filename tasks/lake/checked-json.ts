import { createHash } from 'node:crypto';
import type { ZodType } from 'zod';
import { UsageError } from '../platform/errors';
import { DamagedObjectError } from './damage';
import { ownFormat } from './model';
import type { ObjectStore } from './object-store';

/** The checksum is the last member of the object. It covers the object's text without that member. */
const withChecksum = /^(.*),"checksum":"([0-9a-f]{32})"\}$/s;

/** The first 128 bits of the SHA-256 of a text, as 32 hexadecimal digits. */
export const checksum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** The JSON text of an object, with a checksum of itself. */
export function checkedJson(value: Readonly<Record<string, unknown>>): string {
	const text = JSON.stringify(value);
	return `${text.slice(0, -1)},"checksum":"${checksum(text)}"}`;
}

/**
 * Reads a head or manifest. One without a checksum, as earlier versions wrote it, is read unchecked.
 * Throws DamagedObjectError if it is missing or not what was written, UsageError if its format is newer.
 */
export async function readCheckedJson<T>(store: ObjectStore, key: string, schema: ZodType<T>): Promise<T> {
	const text = await store.getText(key);
	if (text === undefined) throw new DamagedObjectError(key, 'is missing, though the lake names it');
	return parseCheckedJson(key, text, schema);
}

/** The object in a text that `checkedJson` made. Throws as `readCheckedJson` does. */
export function parseCheckedJson<T>(key: string, text: string, schema: ZodType<T>): T {
	const value = objectIn(text);
	if (!value)
		throw new DamagedObjectError(key, `is damaged: its ${Buffer.byteLength(text)} bytes are not a JSON object`);
	if (value.checksum !== undefined) {
		const [, start = '', stated] = withChecksum.exec(text) ?? [];
		if (stated !== checksum(`${start}}`)) {
			throw new DamagedObjectError(key, 'is damaged: its text does not match the checksum in it');
		}
	}
	if (typeof value.format === 'number' && value.format > ownFormat) {
		throw new UsageError(
			`${key} has format ${value.format}; this shoplake reads up to ${ownFormat}. A newer shoplake wrote this lake: use that one.`,
		);
	}
	const read = schema.safeParse(value);
	if (read.success) return read.data;
	const [first] = read.error.issues;
	const place = first?.path.map(String).join('.') || 'the object';
	throw new DamagedObjectError(key, `is damaged: ${place}: ${first?.message ?? 'unknown'}`);
}

/** Without a schema, because each head and manifest passes through here: its own schema checks what is in it. */
function objectIn(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text);
		const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
		return isObject ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}
