import { once } from 'node:events';
import avro, { type Schema } from 'avsc';
import { field, nullable, readAvro, writeAvro } from '../../../tasks/lake/iceberg/avro';

const schema = {
	type: 'record',
	name: 'file',
	fields: [field('path', 'string', 1), nullable('rows', 'long', 2)],
};
const rows = [
	{ path: 'a', rows: 3 },
	{ path: 'b', rows: null },
	{ path: 'c', rows: 2 ** 52 },
];

/** The file that avsc's streams write. */
async function streamed(values: readonly object[], options: object): Promise<Buffer> {
	const encoder = new avro.streams.BlockEncoder(schema as Schema, options);
	const parts: Buffer[] = [];
	encoder.on('data', (part: Buffer) => parts.push(part));
	for (const value of values) encoder.write(value);
	encoder.end();
	await once(encoder, 'end');
	return Buffer.concat(parts);
}

/** What avsc's streams read of a file. */
async function readByStreams(bytes: Buffer): Promise<{ rows: unknown[]; meta: Record<string, string> }> {
	const decoder = new avro.streams.BlockDecoder();
	const found: unknown[] = [];
	const meta: Record<string, string> = {};
	decoder.on('metadata', (_type: unknown, _codec: string, header: { meta: Record<string, Buffer> }) => {
		for (const [name, value] of Object.entries(header.meta)) meta[name] = value.toString();
	});
	decoder.on('data', (row: object) => found.push({ ...row }));
	decoder.end(bytes);
	await once(decoder, 'end');
	return { rows: found, meta };
}

it.each([{ written: rows }, { written: [] }])(
	'another reader finds the rows, the field ids and the metadata',
	async ({ written }) => {
		const { rows: found, meta } = await readByStreams(writeAvro(schema, written, { 'format-version': 2 }));
		expect(found).toEqual(written);
		expect(meta).toEqual({ 'format-version': '2', 'avro.codec': 'deflate', 'avro.schema': JSON.stringify(schema) });
	},
);

it.each(['null', 'deflate'])('files of another writer are read, in several blocks, codec %s', async (codec) => {
	const bytes = await streamed(rows, { codec, blockSize: 1 });
	expect(readAvro(bytes).map((row) => ({ ...(row as object) }))).toEqual(rows);
});

it('a number beyond 2^53 is read as a bigint', async () => {
	// -2^63 as Avro writes it, in place of one that avsc can write.
	const bytes = await streamed([{ path: '', rows: -1 }], { codec: 'null' });
	const sync = bytes.subarray(-16);
	const most = Buffer.from('ffffffffffffffffff01', 'hex');
	const block = Buffer.concat([Buffer.from([0, 2]), most]);
	const start = bytes.subarray(0, bytes.indexOf(sync) + 16);
	const file = Buffer.concat([start, Buffer.from([2, 2 * block.length]), block, sync]);
	expect(readAvro(file)).toMatchObject([{ rows: -(2n ** 63n) }]);
});

it('a file that is cut off, damaged, compressed otherwise or not Avro is refused', async () => {
	const bytes = await streamed(rows, { codec: 'null' });
	const changed = (at: number) => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
	expect(() => readAvro(bytes.subarray(0, -1))).toThrow('A block of an Avro file is damaged.');
	expect(() => readAvro(changed(bytes.length - 1))).toThrow('A block of an Avro file is damaged.');
	expect(() => readAvro(bytes.subarray(0, 20))).toThrow('An Avro file is cut off.');
	expect(() => readAvro(changed(0))).toThrow('This is not an Avro file that can be read');
	const snappy = Buffer.from(bytes.toString('latin1').replace('\x08null', '\x08lzma'), 'latin1');
	expect(() => readAvro(snappy)).toThrow('its codec is lzma');
});
