import avro, { type Schema, type Type } from 'avsc';

/** A field of an Avro record with its Iceberg field id; avsc keeps attributes that it doesn't know. */
export const field = (name: string, type: unknown, id: number) => ({ name, type, 'field-id': id });
/** The same for a field that may be null. */
export const nullable = (name: string, type: unknown, id: number) => ({
	...field(name, ['null', type], id),
	default: null,
});

/** An Avro object container file. `metadata` is added to its header. */
export function writeAvro(
	schema: object,
	rows: readonly object[],
	metadata: Readonly<Record<string, string | number>>,
): Promise<Buffer> {
	const header = Object.entries(metadata).map(([key, value]) => [key, Buffer.from(String(value))] as const);
	const encoder = new avro.streams.BlockEncoder(
		schema as unknown as Type,
		{
			codec: 'deflate',
			metadata: Object.fromEntries(header),
			writeHeader: true,
		} as object,
	);
	const parts: Buffer[] = [];
	return new Promise((resolve, reject) => {
		encoder.on('data', (part: Buffer) => parts.push(part));
		encoder.once('end', () => resolve(Buffer.concat(parts))).once('error', reject);
		for (const row of rows) encoder.write(row);
		encoder.end();
	});
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

/** The rows of an Avro file. Integers beyond 2^53 are bigints. */
export function readAvro(bytes: Buffer): Promise<unknown[]> {
	const decoder = new avro.streams.BlockDecoder({
		parseHook: (schema: Schema) => avro.Type.forSchema(schema, { wrapUnions: false, registry: { long: longs } }),
	} as object);
	const rows: unknown[] = [];
	return new Promise((resolve, reject) => {
		decoder.on('data', (row: unknown) => rows.push(row));
		decoder.once('end', () => resolve(rows)).once('error', reject);
		decoder.end(bytes);
	});
}
