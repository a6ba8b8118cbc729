/**
 * A small seeded generator (sfc32, by Chris Doty-Humphrey; public domain) that can jump to any position of any of its
 * streams, so that one order of a day can be generated without those before it.
 */
export class Random {
	private readonly seed: number;
	private a = 0;
	private b = 0;
	private c = 0;
	private d = 0;

	/** The same text gives the same numbers, on every machine. */
	constructor(seed: string) {
		this.seed = hashText(seed);
	}

	/** Jumps to the numbers of a stream, a day and an index in it. */
	at(stream: number, day: number, index: number): this {
		this.a = scramble(this.seed ^ Math.imul(index, 0x9e3779b1));
		this.b = scramble(this.a ^ Math.imul(day, 0x85ebca77));
		this.c = scramble(this.b ^ Math.imul(stream + 1, 0xc2b2ae3d));
		this.d = 1;
		this.bits();
		this.bits();
		return this;
	}

	/** 32 random bits, as a whole number from 0. */
	bits(): number {
		const sum = (((this.a + this.b) | 0) + this.d) | 0;
		this.d = (this.d + 1) | 0;
		this.a = this.b ^ (this.b >>> 9);
		this.b = (this.c + (this.c << 3)) | 0;
		this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
		return sum >>> 0;
	}

	/** A number from 0 (included) to 1 (excluded). */
	unit(): number {
		return this.bits() / 2 ** 32;
	}

	/** A whole number from 0 (included) to `limit` (excluded). */
	below(limit: number): number {
		return Math.floor(this.unit() * limit);
	}

	/** A random item of a non-empty list. */
	pick<T>(items: readonly T[]): T {
		return items[this.below(items.length)] as T;
	}

	/** A random index into cumulative shares, the last of which is 1. */
	place(cumulative: readonly number[]): number {
		const at = this.unit();
		let place = 0;
		while (place < cumulative.length - 1 && at >= (cumulative[place] as number)) place++;
		return place;
	}
}

/** Weights as cumulative shares, the last of which is 1. */
export function cumulative(weights: readonly number[]): number[] {
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	let sum = 0;
	return weights.map((weight) => {
		sum += weight;
		return sum / total;
	});
}

/** FNV-1a over the text's UTF-16 units, scrambled. */
function hashText(text: string): number {
	let hash = 0x811c9dc5;
	for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
	return scramble(hash);
}

/** The finalizer of MurmurHash3: every bit of the input moves about half of the output's. */
function scramble(value: number): number {
	let bits = value | 0;
	bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
	bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
	return bits ^ (bits >>> 16);
}
