import { once } from 'node:events';
import type { Logger } from 'winston';
import { createLog } from '../../../tasks/platform/log';
import { printable, printableLines } from '../../../tasks/platform/printable';
import { createProgress } from '../../../tasks/platform/progress';
import { tableText } from '../../../tasks/platform/table-text';

const hostile = 'a\x1b[2Jb\r\nc\td\u009b1me\u202ef\u2028\0\x7f';

test('escapes what a terminal interprets, and nothing else', () => {
	expect(printable(hostile)).toBe('a\\x1b[2Jb\\r\\nc\\td\\x9b1me\\u202ef\\u2028\\x00\\x7f');
	const harmless = 'Zoë 東京 👩‍👩‍👧 "\\n" é';
	expect(printable(harmless)).toBe(harmless);
});

test('keeps line feeds in texts of several lines', () => {
	expect(printableLines('one\n  two\r\nthree\x07')).toBe('one\n  two\\r\nthree\\x07');
});

test('a table has one row per line, whatever its values', () => {
	expect(tableText([{ 'n\n1': 'x\ny', b: 1 }]).split('\n')).toEqual(['n\\n1  b', '────  ─', 'x\\ny  1']);
});

test('a log on a terminal has no escape sequences from outside', async () => {
	const log = createLog({ task: 't', runId: 'r', level: 'info', terminal: true }) as Logger;
	for (const transport of log.transports) transport.silent = true;
	const written = once(log, 'data');
	log.info(`bad: ${hostile}`);
	const [entry] = await written;
	expect(entry[Symbol.for('message')]).toBe('bad: a\\x1b[2Jb\\r\nc\\td\\x9b1me\\u202ef\\u2028\\x00\\x7f');
});

test('a progress bar has no escape sequences from outside', () => {
	const written: string[] = [];
	const terminal = { isTTY: true, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
	createProgress(terminal).update('a\x1b[2Jb', 1, 2);
	expect(written.join('')).toMatch(/1\/2 a\\x1b\[2Jb$/);
});
