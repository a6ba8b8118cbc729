import { isUtf8 } from 'node:buffer';

/** A value of a JSON text. */
export interface JsonText {
	/** The line on which it begins, from 1; several that begin on one line have the numbers that follow. */
	readonly line: number;
	/** Its own text on one line, without white space between its parts; a line end within a string is U+001A. */
	readonly text: string;
	/** A string of it holds a line end or another control character, which JSON does not allow. */
	readonly hasBadString: boolean;
}

/** A JSON text that can't be split. `line` is where the value begins, or where the fault is. */
export class JsonCutError extends Error {
	constructor(
		readonly reason: 'tooLong' | 'notUtf8' | 'cutOff' | 'notOneList',
		readonly line: number,
		/** The beginning of the value. */
		readonly text: Buffer = Buffer.alloc(0),
	) {
		super(`${reason} on line ${line}`);
	}
}

/** Where the cutter is: before the list of an object, between values, within one, or behind that list. */
type Place = 'before' | 'between' | 'bracketed' | 'string' | 'bare' | 'behind';

const [lineFeed, carriageReturn, quote, backslash, comma] = [10, 13, 34, 92, 44];
const [openList, closeList, openObject, closeObject, substitute] = [91, 93, 123, 125, 26];
const colon = 58;
const space = 32;
const isSpace = (byte: number) => byte === space || byte === lineFeed || byte === carriageReturn || byte === 9;
/** Signs of JSON, which need no space between them and what is next to them. */
const signs = new Set([quote, comma, colon, openList, closeList, openObject, closeObject]);

/**
 * Splits a JSON text into its values by brackets and strings alone, in one pass and in the memory of one value: numbers keep
 * their digits. The values of a list are values of the text. What is not JSON becomes a value that no parser takes, so that
 * nothing is lost; only commas between values are not looked for.
 */
export class JsonCutter {
	private line = 1;
	private lastLine = 0;
	private afterReturn = false;
	private place: Place;
	private listLine = 0;
	private startLine = 0;
	private depth = 0;
	private inString = false;
	private isEscaped = false;
	private hasBadString = false;
	/** White space stands behind the last byte. */
	private hasSpace = false;
	private value = Buffer.alloc(64 * 1024);
	private length = 0;

	constructor(
		/** In bytes. */
		private readonly longestValue: number,
		/** The text is one object whose only member is the list of the values. */
		private readonly isMember = false,
	) {
		this.place = isMember ? 'before' : 'between';
	}

	/** Yields the values that end in the next piece of text. Throws JsonCutError. */
	*cut(piece: Buffer): Generator<JsonText> {
		for (let at = 0; at < piece.length; at++) {
			const byte = piece[at] as number;
			if (this.place === 'bare' && this.endsBare(byte)) yield this.finish();
			if (this.place === 'before') this.enter(byte);
			else if (this.place === 'between' || this.place === 'behind') this.goOn(byte);
			else if (this.add(byte)) yield this.finish();
			this.countLine(byte);
		}
	}

	/** The last value. Throws JsonCutError where the text breaks off within a value or a list. */
	*end(): Generator<JsonText> {
		if (this.place === 'bare') yield this.finish();
		if (this.place === 'bracketed' || this.place === 'string') throw this.fault('cutOff', this.startLine);
		if (this.listLine > 0) throw this.fault('cutOff', this.listLine);
		if (this.isMember && (this.place !== 'behind' || this.depth > 0)) throw this.fault('cutOff', 1);
	}

	/** Takes a byte that belongs to no value, or begins one. */
	private goOn(byte: number): void {
		if (isSpace(byte) || (byte === comma && this.place === 'between')) return;
		if (this.place === 'behind') {
			// The object's own bracket, once.
			if (byte !== closeObject || this.depth === 0) throw this.fault('notOneList', this.line);
			this.depth = 0;
		} else if (byte === openList && this.listLine === 0) this.listLine = this.line;
		else if (byte === closeList && this.listLine > 0) {
			this.listLine = 0;
			if (!this.isMember) return;
			this.place = 'behind';
			this.depth = 1;
		} else this.start(byte);
	}

	/** Passes over the name of the object's member. */
	private enter(byte: number): void {
		if (this.isEscaped) this.isEscaped = false;
		else if (this.inString && byte === backslash) this.isEscaped = true;
		else if (byte === quote) this.inString = !this.inString;
		else if (byte === openList && !this.inString) {
			this.place = 'between';
			this.listLine = this.line;
		}
	}

	private start(byte: number): void {
		this.startLine = this.line;
		this.depth = 0;
		this.inString = false;
		this.isEscaped = false;
		this.hasBadString = false;
		this.hasSpace = false;
		const isBracket = byte === openObject || byte === openList;
		this.place = isBracket ? 'bracketed' : byte === quote ? 'string' : 'bare';
		this.add(byte);
	}

	private endsBare = (byte: number): boolean =>
		isSpace(byte) || byte === comma || byte === openObject || byte === openList || byte === closeList || byte === quote;

	/** Adds a byte to the present value; returns whether it ends with it. */
	private add(byte: number): boolean {
		if (this.inString) {
			if (byte < 32) this.hasBadString = true;
			this.push(byte === lineFeed || byte === carriageReturn ? substitute : byte);
			if (this.isEscaped) this.isEscaped = false;
			else if (byte === backslash) this.isEscaped = true;
			else if (byte === quote) this.inString = false;
			return !this.inString && this.place === 'string';
		}
		if (isSpace(byte)) {
			this.hasSpace = true;
			return false;
		}
		// Two numbers must not become one.
		if (this.hasSpace && !signs.has(byte) && !signs.has(this.value[this.length - 1] ?? comma)) this.push(space);
		this.hasSpace = false;
		this.push(byte);
		if (byte === quote) this.inString = true;
		else if (byte === openObject || byte === openList) this.depth++;
		else if (byte === closeObject || byte === closeList) this.depth--;
		return this.place === 'bracketed' && this.depth === 0;
	}

	private push(byte: number): void {
		if (this.length >= this.longestValue) throw this.fault('tooLong', this.startLine);
		if (this.length === this.value.length) this.value = Buffer.concat([this.value], 2 * this.length);
		this.value[this.length++] = byte;
	}

	private finish(): JsonText {
		const bytes = this.value.subarray(0, this.length);
		if (!isUtf8(bytes)) throw this.fault('notUtf8', this.startLine);
		this.place = 'between';
		this.length = 0;
		this.lastLine = Math.max(this.startLine, this.lastLine + 1);
		return { line: this.lastLine, text: bytes.toString(), hasBadString: this.hasBadString };
	}

	private countLine(byte: number): void {
		if (byte === carriageReturn || (byte === lineFeed && !this.afterReturn)) this.line++;
		this.afterReturn = byte === carriageReturn;
	}

	private fault(reason: JsonCutError['reason'], line: number): JsonCutError {
		return new JsonCutError(reason, line, Buffer.from(this.value.subarray(0, this.length)));
	}
}
