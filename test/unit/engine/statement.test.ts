import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindInputs, parseStatement } from '../../../tasks/engine/statement';

describe('the header of a statement', () => {
	it.each([
		['one input', '-- A row.\n-- Inputs: orders.\nselect 1', ['orders']],
		[
			'several, with what they are',
			'-- Inputs: orders (of Silver, see orders.sql), items.\nselect 1',
			['orders', 'items'],
		],
		['inputs on two lines', '-- Inputs: orders,\n-- items. Slots: {key}.\nselect 1', ['orders', 'items']],
		['none', '-- A row.\nselect 1', []],
	])('names its inputs: %s', (_, text, inputs) => {
		expect(parseStatement(text)).toEqual({ inputs, sql: 'select 1' });
	});

	it.each(['silver', 'gold'])('names exactly the relations that each statement of sql/%s reads', (layer) => {
		for (const file of readdirSync(`sql/${layer}`)) {
			const { inputs, sql } = parseStatement(readFileSync(join('sql', layer, file), 'utf8'));
			const own = [...sql.matchAll(/(\w+)(?: \([^)]*\))? as (?:materialized )?\(/g)].map(([, name]) => name);
			const read = [...sql.matchAll(/\b(?:from|join) (\w+)/g)].flatMap(([, name = '']) =>
				own.includes(name) || name === 'unnest' ? [] : [name],
			);
			expect({ file, inputs: [...inputs].sort() }).toEqual({ file, inputs: [...new Set(read)].sort() });
		}
	});

	it.each(['silver', 'gold', 'live'])('names exactly the slots that each statement of sql/%s has', (layer) => {
		const names = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([slot]) => slot))].sort();
		for (const file of readdirSync(`sql/${layer}`)) {
			const text = readFileSync(join('sql', layer, file), 'utf8');
			const { sql } = parseStatement(text);
			const [, stated = ''] = /\bSlots: (.*)/s.exec(text.slice(0, text.indexOf(sql))) ?? [];
			expect({ file, slots: names(stated) }).toEqual({ file, slots: names(sql) });
		}
	});
});

describe('inputs', () => {
	const statement = (sql: string) => parseStatement(`-- Inputs: orders.\n${sql}`);

	it('become common table expressions of their names', () => {
		expect(bindInputs(statement('select * from orders'), 'select * from orders', { orders: 'relation_1' })).toBe(
			'with orders as not materialized (select * from relation_1)\nselect * from orders',
		);
	});

	it('stand before those of the statement itself', () => {
		const sql = 'with dated as (select * from orders)\nselect * from dated';
		expect(bindInputs(statement(sql), sql, { orders: 'relation_1' })).toBe(
			'with orders as not materialized (select * from relation_1), dated as (select * from orders)\nselect * from dated',
		);
	});

	it.each([
		['one is missing', {}, 'orders'],
		['one is unknown', { orders: 'relation_1', items: 'relation_2' }, 'items'],
	])('are refused where %s', (_, inputs, name) => {
		expect(() => bindInputs(statement('select 1'), 'select 1', inputs)).toThrow(
			`A statement's inputs and its header disagree about ${name}`,
		);
	});
});
