import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';
import { fill } from '../../../../tasks/platform/duckdb/fill';

describe('the slots of a statement', () => {
	it('are filled with SQL, and comments are left out', () => {
		expect(fill('-- Slots: {key}.\nselect {key} from t', { key: '"id"' })).toBe('\nselect "id" from t');
	});

	it.each([
		['a slot has no value', 'select {key}', {}, 'nothing to put into {key}'],
		['a value has no slot', 'select 1', { key: '"id"' }, 'no slot for key'],
		['an expression is unknown', 'select {half_down(a, b)}', {}, 'no expression half_down of 2 values'],
		['an expression lacks a value', 'select {half_up(a)}', {}, 'no expression half_up of 1 values'],
	])('are refused where %s', (_, sql, slots, message) => {
		expect(() => fill(sql, slots)).toThrow(message);
	});
});

describe('half_up', () => {
	let scratch: string;
	let duckdb: DuckDb;
	beforeAll(async () => {
		scratch = await mkdtemp(join(tmpdir(), 'shoplake-half-up-'));
		duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 1, scratch });
	});
	afterAll(async () => {
		duckdb.close();
		await rm(scratch, { recursive: true });
	});
	const quotient = async (a: bigint, b: bigint, type: 'bigint' | 'decimal(38,0)') => {
		const values = `select cast(${a} as ${type}) as a, cast(${b} as ${type}) as b`;
		const sql = fill(`select cast({half_up(a, b)} as varchar) as quotient from (${values})`, {});
		return (await duckdb.row(sql)).quotient;
	};

	it('rounds a quotient exactly, in whole numbers of either type', async () => {
		await fc.assert(
			fc.asyncProperty(fc.bigInt(0n, 10n ** 18n), fc.bigInt(1n, 10n ** 9n), async (a, b) => {
				const expected = String((2n * a + b) / (2n * b));
				expect([await quotient(a, b, 'bigint'), await quotient(a, b, 'decimal(38,0)')]).toEqual([expected, expected]);
			}),
		);
	});

	it.each([
		[1n, 2n, '1'],
		[5n, 2n, '3'],
		[4n, 3n, '1'],
		[0n, 3n, '0'],
		[999_999_999_999_999_999n, 2n, '500000000000000000'],
	])('of %s ÷ %s is %s', async (a, b, expected) => {
		expect(await quotient(a, b, 'bigint')).toBe(expected);
	});

	it('is null where the divisor is 0', async () => {
		expect([await quotient(7n, 0n, 'bigint'), await quotient(7n, 0n, 'decimal(38,0)')]).toEqual([null, null]);
	});

	it('takes arithmetic as a value', async () => {
		const { quotient } = await duckdb.row(
			fill('select cast({half_up(a + 1, 2 * b)} as varchar) as quotient from (select 4 as a, 1 as b)', {}),
		);
		expect(quotient).toBe('3');
	});
});
