import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { findStatement, oneStatement, readStatement } from '../../../tasks/query/statement';

describe('oneStatement', () => {
	it('leaves out the semicolon and what follows', () => {
		expect(oneStatement(`select ';' as a; -- done;\n`, 'q.sql')).toBe(`select ';' as a`);
	});

	it.each([
		[
			'select 1;\n select 2',
			'q.sql, line 1, column 9: a second statement starts after the semicolon. Keep one statement per file.',
		],
		[
			'select 1;;\nselect 2',
			'q.sql, line 1, column 9: a second statement starts after the semicolon. Keep one statement per file.',
		],
		[
			"select $$'$$; copy t to 'x'; select $$'$$",
			'q.sql, line 1, column 13: a second statement starts after the semicolon. Keep one statement per file.',
		],
		[
			String.raw`select e'\''; drop table t; --'`,
			'q.sql, line 1, column 13: a second statement starts after the semicolon. Keep one statement per file.',
		],
		['', 'q.sql holds no SQL statement. Write one, such as: select * from gold_order_kpis'],
		[';;', 'q.sql holds no SQL statement. Write one, such as: select * from gold_order_kpis'],
		['-- nothing\n/* here */ ;', 'q.sql holds no SQL statement. Write one, such as: select * from gold_order_kpis'],
	])('refuses %j', (sql, message) => {
		expect(() => oneStatement(sql, 'q.sql')).toThrow(expect.objectContaining({ message, exitCode: 65 }));
	});
});

describe('readStatement', () => {
	it('names a missing file, exit code 66', async () => {
		await expect(readStatement('/nowhere/q.sql', process.stdin)).rejects.toMatchObject({
			message:
				"/nowhere/q.sql can't be read: there is no such file. Name a file with one SQL statement, or - for standard input.",
			exitCode: 66,
		});
	});

	describe('a file that is not a statement', () => {
		let folder: string;
		beforeAll(async () => {
			folder = await mkdtemp(join(tmpdir(), 'shoplake-statement-'));
		});
		afterAll(() => rm(folder, { recursive: true }));

		it.each([
			['a folder', () => folder, "can't be read: it is a folder", 66],
			['a file in a file', () => join(__filename, 'q.sql'), "can't be read: a part of its path is not a folder", 66],
			['a name that is too long', () => 'x'.repeat(5000), "can't be read: ENAMETOOLONG", 66],
			['a file without end', () => '/dev/zero', 'is longer than 16 MiB. Write a shorter statement.', 65],
		])('refuses %s', async (_, path, message, exitCode) => {
			await expect(readStatement(path(), process.stdin)).rejects.toMatchObject({
				message: expect.stringContaining(message),
				exitCode,
			});
		});

		it.each([
			[
				'bytes that are no UTF-8',
				Buffer.from([0x73, 0xff, 0xfe]),
				'is not text in UTF-8. Save the statement as UTF-8.',
			],
			['UTF-16', Buffer.from('\ufeffselect 1', 'utf16le'), 'is not text in UTF-8. Save the statement as UTF-8.'],
			['a NUL', Buffer.from('select 1\n \0; drop'), 'line 2, column 2: a NUL character. Remove it; SQL is text.'],
		])('refuses %s, from a file and from standard input', async (_, bytes, message) => {
			const file = join(folder, 'q.sql');
			await writeFile(file, bytes);
			const refused = { message: expect.stringContaining(message), exitCode: 65 };
			await expect(readStatement(file, process.stdin)).rejects.toMatchObject(refused);
			await expect(readStatement('-', Readable.from([bytes]))).rejects.toMatchObject(refused);
		});

		it('leaves out a byte-order mark, and joins characters that come in two pieces', async () => {
			const bytes = Buffer.from("\ufeffselect 'ä'");
			expect(await readStatement('-', Readable.from([...bytes].map((byte) => Buffer.from([byte]))))).toBe("select 'ä'");
		});
	});
});

describe('findStatement', () => {
	const find = (given: string, { unsafe = false, input = Readable.from([]) } = {}) =>
		findStatement(given, { input, unsafe });

	it.each([
		'select 1 as one',
		'  SELECT\n1',
		'-- a note\nfrom gold_order_kpis',
		'(select 1)',
		'values(1)',
		'explain select 1',
		'show tables',
	])('takes %j as a statement', async (sql) => {
		expect(await find(sql)).toEqual({ named: 'The query', sql });
	});

	it('takes the name of an analysis, and a path to its file', async () => {
		const { named, sql } = await find('basket-pairs');
		expect([named, sql]).toEqual(['basket-pairs', expect.stringMatching(/^-- Which products are bought together/)]);
		expect(await find('sql/analyses/basket-pairs.sql')).toEqual({ named: 'sql/analyses/basket-pairs.sql', sql });
	});

	it('reads a file before it takes an analysis or a statement of that name', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-statement-'));
		const here = process.cwd();
		try {
			process.chdir(folder);
			for (const name of ['inventory', 'select 1']) {
				await writeFile(name, 'select 2');
				expect(await find(name)).toEqual({ named: name, sql: 'select 2' });
			}
		} finally {
			process.chdir(here);
			await rm(folder, { recursive: true });
		}
	});

	it('takes any text of several words only with --unsafe', async () => {
		await expect(find('drop table t')).rejects.toMatchObject({
			message: expect.stringMatching(/^'drop table t' is neither a file nor a statement that only reads. A query may/),
			exitCode: 66,
		});
		expect(await find('drop table t', { unsafe: true })).toEqual({ named: 'The query', sql: 'drop table t' });
	});

	it.each([
		[
			'invntory',
			"invntory is neither a file nor an analysis. Name a file with one SQL statement, or an analysis: 'shoplake query --list' lists them.",
		],
		['select', 'select is neither a file nor an analysis.'],
		[
			'select.sql',
			"select.sql can't be read: there is no such file. Name a file with one SQL statement, or - for standard input.",
		],
	])('refuses %j, exit code 66', async (given, message) => {
		await expect(find(given)).rejects.toMatchObject({ message: expect.stringContaining(message), exitCode: 66 });
	});
});
