import { createReadStream, existsSync } from 'node:fs';
import { DataRefusedError, NoInputError } from '../platform/errors';
import { printable } from '../platform/printable';
import { analyses } from './analyses';
import { startsReading, whatIsAllowed } from './read-only';
import { codeTokens, textPosition } from './sql-tokens';

/** The most bytes of a statement; the limit also ends the reading of a device file. */
const largestBytes = 16 * 1024 ** 2;

/** SQL text, and its name in messages. */
export interface NamedSql {
	readonly named: string;
	readonly sql: string;
}

/**
 * Finds the statement that a user means: a file, the name of an analysis, the statement itself, or standard input (`-`). A
 * file goes before an analysis of the same name. Throws NoInputError if it is none of these.
 */
export async function findStatement(
	given: string,
	{ input, unsafe }: { readonly input: NodeJS.ReadableStream; readonly unsafe: boolean },
): Promise<NamedSql> {
	if (given === '-') return { named: 'The query', sql: await readStatement(given, input) };
	if (existsSync(given)) return { named: given, sql: await readStatement(given, input) };
	const analysis = analyses.get(given);
	if (analysis) return { named: given, sql: analysis.sql };
	const isSeveralWords = /[\s(]/.test(given.trim());
	if (isSeveralWords && (unsafe || startsReading(given))) return { named: 'The query', sql: given };
	if (/\s/.test(given.trim())) {
		throw new NoInputError(
			`'${printable(given.slice(0, 80))}' is neither a file nor a statement that only reads. ${whatIsAllowed}`,
		);
	}
	if (/^[\w-]+$/.test(given)) {
		throw new NoInputError(
			`${given} is neither a file nor an analysis. Name a file with one SQL statement, or an analysis: 'shoplake query --list' lists them.`,
		);
	}
	return { named: given, sql: await readStatement(given, input) };
}

/**
 * The SQL of a file, or of standard input for `-`. Throws NoInputError if the file can't be read, DataRefusedError if it is
 * not UTF-8 or too long.
 */
export async function readStatement(file: string, input: NodeJS.ReadableStream): Promise<string> {
	const named = file === '-' ? 'Standard input' : file;
	const pieces: Buffer[] = [];
	let bytes = 0;
	try {
		for await (const piece of file === '-' ? input : createReadStream(file)) {
			pieces.push(Buffer.from(piece));
			bytes += piece.length;
			if (bytes > largestBytes) break;
		}
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		throw new NoInputError(
			`${named} can't be read: ${reasons.get(code ?? '') ?? code}. Name a file with one SQL statement, or - for standard input.`,
		);
	}
	if (bytes > largestBytes) {
		throw new DataRefusedError(`${named} is longer than ${largestBytes / 1024 ** 2} MiB. Write a shorter statement.`);
	}
	return decode(Buffer.concat(pieces), named);
}

const reasons = new Map([
	['ENOENT', 'there is no such file'],
	['EISDIR', 'it is a folder'],
	['EACCES', 'you may not read it'],
	['ENOTDIR', 'a part of its path is not a folder'],
]);

/** Decodes text, without the byte-order mark. DuckDB would silently cut it at a NUL. */
function decode(bytes: Buffer, named: string): string {
	let sql: string;
	try {
		sql = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		throw new DataRefusedError(`${named} is not text in UTF-8. Save the statement as UTF-8.`);
	}
	const nul = sql.indexOf('\0');
	if (nul < 0) return sql;
	throw new DataRefusedError(`${named}, ${textPosition(sql, nul)}: a NUL character. Remove it; SQL is text.`);
}

/** The one statement of a text, with comments and without the final semicolon. Throws DataRefusedError unless there is exactly one. */
export function oneStatement(sql: string, file: string): string {
	let hasCode = false;
	let end: number | undefined;
	for (const { kind, start } of codeTokens(sql)) {
		if (kind !== 'semicolon' && end !== undefined) {
			throw new DataRefusedError(
				`${file}, ${textPosition(sql, end)}: a second statement starts after the semicolon. Keep one statement per file.`,
			);
		}
		if (kind !== 'semicolon') hasCode = true;
		else end ??= start;
	}
	if (!hasCode) {
		throw new DataRefusedError(`${file} holds no SQL statement. Write one, such as: select * from gold_order_kpis`);
	}
	return end === undefined ? sql : sql.slice(0, end);
}
