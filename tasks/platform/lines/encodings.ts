import { isUtf8 } from 'node:buffer';

/** The encoding of every text unless another is named or found. */
export const utf8 = 'utf-8';

/**
 * The encoding that a label names, as the Encoding Standard spells it; undefined if there is none. `utf-16` stays as it is:
 * the text itself says its byte order.
 */
export function encodingByLabel(label: string): string | undefined {
	if (/^utf-?16$/i.test(label.trim())) return 'utf-16';
	try {
		return new TextDecoder(label).encoding;
	} catch {
		return undefined;
	}
}

/** The encoding of a byte order mark at the start of a text, and its length in bytes. */
export function byteOrderMark(start: Buffer): { readonly encoding: string; readonly bytes: number } | undefined {
	if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return { encoding: utf8, bytes: 3 };
	if (start[0] === 0xff && start[1] === 0xfe) return { encoding: 'utf-16le', bytes: 2 };
	if (start[0] === 0xfe && start[1] === 0xff) return { encoding: 'utf-16be', bytes: 2 };
	return undefined;
}

/** Bytes of a text by which its encoding is found. */
export const encodingSample = 4;

/**
 * The encoding of a text by its first bytes: a byte order mark decides; without one, a text that begins with two ASCII
 * characters and a zero byte before or after each is UTF-16; everything else is UTF-8.
 */
export function findEncoding(start: Buffer): string {
	const mark = byteOrderMark(start);
	if (mark) return mark.encoding;
	const zeros = [...start.subarray(0, encodingSample)].map((byte) => (byte === 0 ? '0' : 'x')).join('');
	return { x0x0: 'utf-16le', '0x0x': 'utf-16be' }[zeros] ?? utf8;
}

/** What a text that is not UTF-8 looks like: the likeliest encoding, and a word that shows it. */
export function guessEncoding(text: Buffer): { readonly encoding: string; readonly word: string } {
	const words = text.toString('latin1').match(/[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*/g) ?? [];
	const word = words.find((one) => !isUtf8(Buffer.from(one, 'latin1'))) ?? '';
	const letters = words.join('');
	// A word of a Latin script has a few accents; a word in Cyrillic has no ASCII letter.
	const isCyrillic = letters.replace(/[A-Za-z\x80-\xbf]/g, '').length * 2 > letters.length && letters.length > 3;
	const encoding = isCyrillic ? 'windows-1251' : 'windows-1252';
	return { encoding, word: createDecoder(encoding).decode(Buffer.from(word.slice(0, 40), 'latin1')) };
}

/** Decodes a text, piece by piece; throws where bytes are not of the encoding. */
export interface Decoder {
	/** Without a piece, the text ends. */
	readonly decode: (piece?: Buffer) => string;
}

/** A decoder for an encoding as `encodingByLabel` or `findEncoding` returns it. */
export function createDecoder(encoding: string): Decoder {
	if (encoding === 'windows-1252') return { decode: decodeWindows1252 };
	const decoder = new TextDecoder(encoding, { fatal: true });
	return { decode: (piece) => (piece ? decoder.decode(piece, { stream: true }) : decoder.decode()) };
}

/** The bytes 0x80 to 0x9f; the others are those of Latin 1. Node's own decoder takes these for control characters, too. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

const decodeWindows1252 = (piece: Buffer = Buffer.alloc(0)): string =>
	piece
		.toString('latin1')
		.replace(/[\x80-\x9f]/g, (character) => windows1252[character.charCodeAt(0) - 0x80] as string);
