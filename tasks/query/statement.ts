import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { DataRefusedError, NoInputError } from '../shared/errors';
import { placeOf, scan, withoutComments } from './scan';

/** The SQL of a file, or of standard input for `-`. Throws NoInputError where there is no such file. */
export async function readStatement(file: string, input: NodeJS.ReadableStream): Promise<string> {
	if (file === '-') return text(input);
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code;
		throw new NoInputError(
			`${file} can't be read: ${why}. Name a file with one SQL statement, or - for standard input.`,
		);
	}
}

/** The one statement of a text, comments kept and the semicolon after it left out. Throws DataRefusedError for none or several. */
export function oneStatement(sql: string, file: string): string {
	const [end] = scan(sql).filter(({ kind }) => kind === 'semicolon');
	const statement = end ? sql.slice(0, end.start) : sql;
	if (withoutComments(statement).trim() === '') {
		throw new DataRefusedError(`${file} holds no SQL statement. Write one, such as: select * from gold_order_kpis`);
	}
	if (end && withoutComments(sql.slice(end.end)).replaceAll(';', '').trim() !== '') {
		throw new DataRefusedError(
			`${file}, ${placeOf(sql, end.start)}: a second statement begins behind the semicolon. Keep one statement a file.`,
		);
	}
	return statement;
}
