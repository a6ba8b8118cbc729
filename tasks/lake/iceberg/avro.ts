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

/** The rows of an Avro file that `writeAvro` made. Integers beyond 2^53, which other writers use as ids, are refused. */
export function readAvro(bytes: Buffer): Promise<unknown[]> {
	const decoder = new avro.streams.BlockDecoder({
		parseHook: (schema: Schema) => avro.Type.forSchema(schema, { wrapUnions: false }),
	} as object);
	const rows: unknown[] = [];
	return new Promise((resolve, reject) => {
		decoder.on('data', (row: unknown) => rows.push(row));
		decoder.once('end', () => resolve(rows)).once('error', reject);
		decoder.end(bytes);
	});
}
