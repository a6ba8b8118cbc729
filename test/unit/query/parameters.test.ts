import { asLiteral, listParameters, replaceParameters, withValues } from '../../../tasks/query/parameters';

const sql = `-- What sells?
-- :from date = 2026-11-01   first date
-- :top  int
-- :name text = 'O''Hara & Sons'   a name
select a::text, ':quoted', "odd:top", b -- :comment
from t /* :block */ where d >= :from and n = :name and x between :top and (:other)`;

describe('listParameters', () => {
	it('lists declared parameters with type, default and meaning, then undeclared ones', () => {
		expect(listParameters(sql)).toEqual([
			{ name: 'from', type: 'date', value: '2026-11-01', meaning: 'first date' },
			{ name: 'top', type: 'int', value: null, meaning: '' },
			{ name: 'name', type: 'text', value: "O'Hara & Sons", meaning: 'a name' },
			{ name: 'other', type: 'text', value: null, meaning: '' },
		]);
	});

	it('ignores casts, strings, quoted names and comments', () => {
		expect(listParameters(`select a::int, ':b', ":c", '12:30' /* :d */ -- :e`)).toEqual([]);
	});

	it.each([
		['-- :a int = 1\n-- :a text\nselect :a', 'The query declares :a twice. Keep one declaration.'],
		['-- :a int = one\nselect :a', 'The query declares :a int = one: the default must be a whole number.'],
	])('refuses %j with exit code 65', (text, message) => {
		expect(() => listParameters(text)).toThrow(expect.objectContaining({ message, exitCode: 65 }));
	});
});

describe('replaceParameters', () => {
	it('replaces parameters and nothing else', () => {
		expect(replaceParameters(`select :a, ':a', x::date, (:a) -- :a`, (name) => `<${name}>`)).toBe(
			`select <a>, ':a', x::date, (<a>) -- :a`,
		);
	});
});

describe('withValues', () => {
	const value = (given: string[]) =>
		withValues(listParameters(sql), given).map(({ name, value }) => `${name}=${value}`);

	it('prefers given values to defaults', () => {
		expect(value(['top=5', 'other=a=b', 'from=2026-12-24'])).toEqual([
			'from=2026-12-24',
			'top=5',
			"name=O'Hara & Sons",
			'other=a=b',
		]);
	});

	it.each([
		[['top=5'], 'The query needs :other (text); set it with --param other=…'],
		[
			['top=5', 'other=x', 'nope=1'],
			'--param nope: the query has no such parameter; its parameters are from, top, name, other.',
		],
		[['top=five', 'other=x'], '--param top=five: the value must be a whole number.'],
		[['top=5', 'other=x', 'from=2026-02-30'], '--param from=2026-02-30: the value must be a date such as 2026-11-20.'],
		[['top', 'other=x'], '--param top: write it as name=value.'],
		[['top=5', 'other=x', 'top=6'], '--param top is given twice. Give it once.'],
		[
			['top=5', 'other=x', 'constructor=1'],
			'--param constructor: the query has no such parameter; its parameters are from, top, name, other.',
		],
		[
			['top=5', 'other=x', '__proto__=1'],
			'--param __proto__: the query has no such parameter; its parameters are from, top, name, other.',
		],
	])('refuses %j', (given, message) => {
		expect(() => value(given)).toThrow(message);
	});

	it('refuses dates from and to in the wrong order, and takes one day', () => {
		const interval = listParameters('-- :from date = 2026-11-20\n-- :to date\nselect :from, :to');
		expect(() => withValues(interval, ['to=2026-11-19'])).toThrow(
			expect.objectContaining({ message: '--param from=2026-11-20 is after --param to=2026-11-19.', exitCode: 64 }),
		);
		expect(withValues(interval, ['to=2026-11-20'])).toHaveLength(2);
		const words = listParameters('select :from, :to');
		expect(withValues(words, ['from=Vienna', 'to=Graz'])).toHaveLength(2);
	});
});

describe('asLiteral', () => {
	it.each([
		[{ type: 'text', value: "x'; drop table t; --" }, "'x''; drop table t; --'"],
		[{ type: 'date', value: '2026-11-20' }, "date '2026-11-20'"],
		[{ type: 'int', value: '-7' }, '(-7)'],
		[{ type: 'decimal', value: '-0.5' }, '(-0.5)'],
		[{ type: 'decimal', value: '12.50' }, '12.50'],
	] as const)('%j', (parameter, text) => {
		expect(asLiteral(parameter)).toBe(text);
	});
});
