import { once } from 'node:events';
import type { Logger } from 'winston';
import { createLog } from '../../../tasks/platform/log';
import { printable, printableLines } from '../../../tasks/platform/printable';
import { createProgress } from '../../../tasks/platform/progress';
import { tableText } from '../../../tasks/platform/table-text';

const hostile = 'a\x1b[2Jb\r\nc\td\u009b1me\u202ef\u2028\0\x7f';

test('what a terminal acts on is escaped, all else stays', () => {
	expect(printable(hostile)).toBe('a\\x1b[2Jb\\r\\nc\\td\\x9b1me\\u202ef\\u2028\\x00\\x7f');
	const harmless = 'Zoë 東京 👩‍👩‍👧 "\\n" é';
	expect(printable(harmless)).toBe(harmless);
});

test('lines stay lines where there are several', () => {
	expect(printableLines('one\n  two\r\nthree\x07')).toBe('one\n  two\\r\nthree\\x07');
});

test('a table has a row a line, whatever its values are', () => {
	expect(tableText([{ 'n\n1': 'x\ny', b: 1 }]).split('\n')).toEqual(['n\\n1  b', '────  ─', 'x\\ny  1']);
});

test('a log on a terminal holds no escapes of others', async () => {
	const log = createLog({ task: 't', runId: 'r', level: 'info', terminal: true }) as Logger;
	for (const transport of log.transports) transport.silent = true;
	const written = once(log, 'data');
	log.info(`bad: ${hostile}`);
	const [entry] = await written;
	expect(entry[Symbol.for('message')]).toBe('bad: a\\x1b[2Jb\\r\nc\\td\\x9b1me\\u202ef\\u2028\\x00\\x7f');
});

test('a bar of progress holds no escapes of others', () => {
	const written: string[] = [];
	const terminal = { isTTY: true, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
	createProgress(terminal).update('a\x1b[2Jb', 1, 2);
	expect(written.join('')).toMatch(/1\/2 a\\x1b\[2Jb$/);
});
