import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import avro, { type Schema, type Type } from 'avsc';

/** A field of an Avro record with its Iceberg field id; avsc keeps attributes that it doesn't know. */
export const field = (name: string, type: unknown, id: number) => ({ name, type, 'field-id': id });
/** The same for a field that may be null. */
export const nullable = (name: string, type: unknown, id: number) => ({
	...field(name, ['null', type], id),
	default: null,
});

/** The start of an Avro object container file, and the numbers before each of its blocks. */
const header = avro.Type.forSchema({
	type: 'record',
	name: 'Header',
	fields: [
		{ name: 'magic', type: { type: 'fixed', name: 'Magic', size: 4 } },
		{ name: 'meta', type: { type: 'map', values: 'bytes' } },
		{ name: 'sync', type: { type: 'fixed', name: 'Sync', size: 16 } },
	],
} as Schema);
const long = avro.Type.forSchema('long');
const magic = Buffer.from('Obj\x01');

/** Types by the text of their schema: most tables have the same one, and making a type takes longer than to use it. */
const rowTypes = new Map<string, Type>();
const storedTypes = new Map<string, Type>();

function typeOf(types: Map<string, Type>, text: string, options: object): Type {
	const type = types.get(text) ?? avro.Type.forSchema(JSON.parse(text) as Schema, options);
	types.set(text, type);
	return type;
}

/**
 * An Avro object container file with one block. `metadata` is added to its header. Not by avsc's streams, which take longer
 * for each row than to encode it.
 */
export function writeAvro(
	schema: object,
	rows: readonly object[],
	metadata: Readonly<Record<string, string | number>>,
): Buffer {
	const text = JSON.stringify(schema);
	const type = typeOf(rowTypes, text, {});
	const block = deflateRawSync(Buffer.concat(rows.map((row) => type.toBuffer(row))));
	const entries = Object.entries({ ...metadata, 'avro.schema': text, 'avro.codec': 'deflate' });
	const meta = Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(String(value))]));
	const sync = randomBytes(16);
	const blocks = rows.length === 0 ? [] : [long.toBuffer(rows.length), long.toBuffer(block.length), block, sync];
	return Buffer.concat([header.toBuffer({ magic, meta, sync }), ...blocks]);
}

/** Other programs use 63-bit numbers as ids: those beyond 2^53 are read as bigint. */
const longs = avro.types.LongType.__with({
	fromBuffer: (bytes: Buffer) => {
		const value = bytes.readBigInt64LE();
		return Number.isSafeInteger(Number(value)) ? Number(value) : value;
	},
	toBuffer: (value: number | bigint) => {
		const bytes = Buffer.alloc(8);
		bytes.writeBigInt64LE(BigInt(value));
		return bytes;
	},
	fromJSON: (value: number) => value,
	toJSON: (value: number | bigint) => Number(value),
	isValid: (value: unknown) => Number.isSafeInteger(value) || typeof value === 'bigint',
	compare: (one: number | bigint, other: number | bigint) => (one < other ? -1 : one > other ? 1 : 0),
});

/**
 * The rows of an Avro file, whose blocks may be deflated. Integers beyond 2^53 are bigints. Throws Error for bytes that are
 * not such a file.
 */
export function readAvro(bytes: Buffer): unknown[] {
	const start = decode(header, bytes, 0);
	const { magic: found, meta, sync } = start.value as AvroHeader;
	const codec = meta['avro.codec']?.toString() ?? 'null';
	if (!found.equals(magic) || !['null', 'deflate'].includes(codec)) {
		throw new Error(`This is not an Avro file that can be read: its codec is ${codec}.`);
	}
	const type = typeOf(storedTypes, String(meta['avro.schema']), { wrapUnions: false, registry: { long: longs } });
	const rows: unknown[] = [];
	for (let at = start.offset; at < bytes.length; ) {
		const count = decode(long, bytes, at);
		const size = decode(long, bytes, count.offset);
		const end = size.offset + Number(size.value);
		if (!bytes.subarray(end, end + sync.length).equals(sync)) throw new Error('A block of an Avro file is damaged.');
		const stored = bytes.subarray(size.offset, end);
		const block = codec === 'deflate' ? inflateRawSync(stored) : stored;
		for (let row = 0, from = 0; row < Number(count.value); row++) {
			const read = decode(type, block, from);
			rows.push(read.value);
			from = read.offset;
		}
		at = end + sync.length;
	}
	return rows;
}

interface AvroHeader {
	readonly magic: Buffer;
	readonly meta: Readonly<Record<string, Buffer>>;
	readonly sync: Buffer;
}

function decode(type: Type, bytes: Buffer, at: number): { readonly value: unknown; readonly offset: number } {
	const read = type.decode(bytes, at);
	if (read.offset < 0) throw new Error('An Avro file is cut off.');
	return read;
}
