import { oneStatement, readStatement } from '../../../tasks/query/statement';

describe('oneStatement', () => {
	it('leaves out the semicolon and what follows', () => {
		expect(oneStatement(`select ';' as a; -- done;\n`, 'q.sql')).toBe(`select ';' as a`);
	});

	it.each([
		[
			'select 1;\n select 2',
			'q.sql, line 1, column 9: a second statement begins behind the semicolon. Keep one statement a file.',
		],
		['-- nothing\n/* here */ ;', 'q.sql holds no SQL statement. Write one, such as: select * from gold_order_kpis'],
	])('refuses %j', (sql, message) => {
		expect(() => oneStatement(sql, 'q.sql')).toThrow(expect.objectContaining({ message, exitCode: 65 }));
	});
});

describe('readStatement', () => {
	it('names a file that is not there, exit code 66', async () => {
		await expect(readStatement('/nowhere/q.sql', process.stdin)).rejects.toMatchObject({
			message:
				"/nowhere/q.sql can't be read: there is no such file. Name a file with one SQL statement, or - for standard input.",
			exitCode: 66,
		});
	});
});
