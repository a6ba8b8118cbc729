import type { Writable } from 'node:stream';
import { createFormatter, type OutputFormat, type ResultStream } from './query-result';

/**
 * Writes a result as its rows arrive, no faster than the reader reads. If the reader of a pipe leaves (`| head`), it stops
 * silently. Throws any other error of the output, such as a full disk.
 */
export async function writeRows({ columns, rows }: ResultStream, format: OutputFormat, out: Writable): Promise<void> {
	// Without a listener the same error would end the process.
	if (out.listenerCount('error') === 0) out.on('error', () => undefined);
	const formatter = createFormatter(columns, format);
	try {
		for await (const piece of rows) await write(out, formatter.add(piece));
		await write(out, formatter.end());
	} catch (error) {
		if (!hasReaderLeft(error)) throw error;
	}
}

async function write(out: Writable, text: string): Promise<void> {
	if (text === '') return;
	await new Promise<void>((resolve, reject) => {
		out.write(text, (error) => (error ? reject(new OutputError(error)) : resolve()));
	});
}

/** Tells an error of the output apart from the same error of a connection to AWS. */
class OutputError extends Error {
	readonly code: string | undefined;
	constructor(cause: NodeJS.ErrnoException) {
		super(`The output can't be written: ${cause.message}`, { cause });
		this.code = cause.code;
	}
}

const hasReaderLeft = (error: unknown): boolean =>
	error instanceof OutputError && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
