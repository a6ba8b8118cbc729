import * as fc from 'fast-check';
import { decodeText } from '../../../tasks/platform/lines';
import { runs } from './runs';

async function* inPieces(content: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
	for (let at = 0, turn = 0; at < content.length; turn++) {
		const size = sizes[turn % sizes.length] ?? 1;
		yield content.subarray(at, at + size);
		at += size;
	}
}

async function decoded(content: Buffer, sizes: readonly number[], named?: string): Promise<string> {
	const pieces: Buffer[] = [];
	for await (const piece of (await decodeText(inPieces(content, sizes), named)).content) pieces.push(piece);
	return Buffer.concat(pieces).toString();
}

const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((one) => Buffer.from(one).toString());
/** An export begins with ASCII: a bracket, or the name of a column. */
const exported = text.map((rest) => `id${rest}`);

test('UTF-16 is read alike, with a byte order mark or without, whichever end comes first, in whatever pieces', async () => {
	await fc.assert(
		fc.asyncProperty(exported, sizes, fc.boolean(), fc.boolean(), async (content, cut, isMarked, isSwapped) => {
			const bytes = Buffer.from(`${isMarked ? '\ufeff' : ''}${content}`, 'utf16le');
			expect(await decoded(isSwapped ? bytes.swap16() : bytes, cut)).toBe(content);
		}),
		{ numRuns: runs(500) },
	);
});

test('a text in a named encoding is read alike in whatever pieces', async () => {
	const letters = { 'windows-1252': 'aé€œ\n,', 'iso-8859-15': 'aé€œ\n,', 'windows-1251': 'aМир\n,' };
	const bytes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
		'windows-1252': { é: 0xe9, '€': 0x80, œ: 0x9c },
		'iso-8859-15': { é: 0xe9, '€': 0xa4, œ: 0xbd },
		'windows-1251': { М: 0xcc, и: 0xe8, р: 0xf0 },
	};
	const encoded = fc
		.constantFrom<keyof typeof letters>('windows-1252', 'iso-8859-15', 'windows-1251')
		.chain((name) => fc.tuple(fc.constant(name), fc.string({ unit: fc.constantFrom(...letters[name]) })));
	await fc.assert(
		fc.asyncProperty(encoded, sizes, async ([name, content], cut) => {
			const raw = Buffer.from([...content].map((letter) => bytes[name]?.[letter] ?? letter.charCodeAt(0)));
			expect(await decoded(raw, cut, name)).toBe(content);
		}),
		{ numRuns: runs(300) },
	);
});

test('UTF-8 passes as it is, whether named or not', async () => {
	await fc.assert(
		fc.asyncProperty(exported, sizes, fc.constantFrom(undefined, 'utf-8'), async (content, cut, named) => {
			expect(await decoded(Buffer.from(content), cut, named)).toBe(content);
		}),
		{ numRuns: runs(200) },
	);
});
