import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { historyPath, openHistory } from '../../../tasks/query/shell-history';
import { takeStatements } from '../../../tasks/query/shell-input';

describe('takeStatements', () => {
	it.each([
		['select 1;', ['select 1'], ''],
		['select 1;select 2 ; ', ['select 1', 'select 2'], ''],
		['select 1; select', ['select 1'], ' select'],
		["select ';", [], "select ';"],
		["select ';'; -- done; really", ["select ';'"], ''],
		['-- a note\nselect 1;', ['-- a note\nselect 1'], ''],
		['select 1 /* ;', [], 'select 1 /* ;'],
		['/* a comment of', [], '/* a comment of'],
		['/* a comment */', [], ''],
		['/* a comment */ /* another', [], '/* a comment */ /* another'],
		['-- not /* a block', [], ''],
		[';;', [], ''],
		['\n', [], ''],
	])('of %j are %j', (text, statements, rest) => {
		expect(takeStatements(text)).toEqual({ statements, rest });
	});

	it('gives the same statements however the lines of a text arrive', () => {
		const piece = fc.constantFrom('select', "'a;b'", ' ', '\n', ';', '-- c;\n', '/* d;\n */', '"e;"', '1');
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
				const text = `${pieces.join(' ')}\n;\n`;
				let pending = '';
				const arrived: string[] = [];
				for (const line of text.split('\n')) {
					const { statements, rest } = takeStatements(`${pending}${line}\n`);
					arrived.push(...statements);
					pending = rest;
				}
				const withoutComments = (sql: string) => sql.replace(/^(\s*(--.*\n|\/\*[^*]*\*\/))*\s*/, '');
				expect(arrived.map(withoutComments)).toEqual(takeStatements(text).statements.map(withoutComments));
			}),
		);
	});
});

describe('the history of the shell', () => {
	let folder: string;
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'shoplake-history-'));
	});
	afterEach(() => rm(folder, { recursive: true }));

	it('is in the state folder', () => {
		expect(historyPath({ XDG_STATE_HOME: '/state' })).toBe('/state/shoplake/query-history');
		expect(historyPath({})).toMatch(/\/\.local\/state\/shoplake\/query-history$/);
	});

	it('gives the newest lines first, a thousand at most, also those of another shell', async () => {
		const path = join(folder, 'new', 'history');
		const [one, other] = [openHistory(path), openHistory(path)];
		for (let line = 0; line < 600; line++) {
			one.add(`one ${line}`);
			other.add(`other ${line}`);
		}
		one.add('  ');
		const { lines } = openHistory(path);
		expect([lines.length, ...lines.slice(0, 3), lines.at(-1)]).toEqual([
			...[1000, 'other 599', 'one 599', 'other 598'],
			'one 100',
		]);
		expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(1201);
	});

	it('is empty, and keeps nothing, where its file can’t be written', async () => {
		await writeFile(join(folder, 'file'), '');
		const history = openHistory(join(folder, 'file', 'history'));
		history.add('select 1;');
		expect(history.lines).toEqual([]);
	});
});
