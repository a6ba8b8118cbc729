/** The beginning of a source, and all of it. */
export interface Peeked {
	/** At least as many bytes as were asked for, unless the source has fewer. */
	readonly start: Buffer;
	/** Whether `start` is all. */
	readonly isAll: boolean;
	readonly content: AsyncIterable<Buffer>;
}

/** Reads the beginning of a source without consuming it. A source that fails there fails at the same place of `content`. */
export async function peek(source: AsyncIterable<Buffer>, bytes: number): Promise<Peeked> {
	const pieces = source[Symbol.asyncIterator]();
	const first: Buffer[] = [];
	let length = 0;
	let end: { readonly error?: unknown } | undefined;
	while (length < bytes && !end) {
		const next = await pieces.next().catch((error: unknown) => ({ error }));
		if ('error' in next) end = next;
		else if (next.done) end = {};
		else {
			first.push(next.value);
			length += next.value.length;
		}
	}
	return { start: Buffer.concat(first), isAll: end !== undefined, content: replay(first, pieces, end) };
}

async function* replay(
	first: Buffer[],
	rest: AsyncIterator<Buffer>,
	end: { readonly error?: unknown } | undefined,
): AsyncGenerator<Buffer> {
	try {
		while (first.length > 0) yield first.shift() as Buffer;
		if (end && 'error' in end) throw end.error;
		if (!end) yield* { [Symbol.asyncIterator]: () => rest };
	} finally {
		await rest.return?.();
	}
}
