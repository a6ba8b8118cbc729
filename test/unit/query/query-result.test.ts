import { doubleText, formatResult, type QueryResult, timestampText } from '../../../tasks/query/query-result';

const answer: QueryResult = {
	columns: [
		{ name: 'name', kind: 'text' },
		{ name: 'amount', kind: 'number' },
		{ name: 'sold', kind: 'boolean' },
		{ name: 'name', kind: 'text' },
	],
	rows: [
		['Café "Mocca", 1\nkg', '1234567890123456.70', 'true', ''],
		['12', 'NaN', null, null],
	],
};

describe('formatResult', () => {
	it('writes CSV by RFC 4180: null is empty, the empty text is quoted', () => {
		expect(formatResult(answer, 'csv')).toBe(
			'name,amount,sold,name_2\r\n"Café ""Mocca"", 1\nkg",1234567890123456.70,true,""\r\n12,NaN,,\r\n',
		);
	});

	it('writes JSON with exact numbers', () => {
		expect(formatResult(answer, 'json')).toBe(
			'[{"name":"Café \\"Mocca\\", 1\\nkg","amount":1234567890123456.70,"sold":true,"name_2":""},\n' +
				'{"name":"12","amount":"NaN","sold":null,"name_2":null}]\n',
		);
	});

	it('writes a table for people, numbers to the right', () => {
		const short: QueryResult = {
			columns: [
				{ name: 'category', kind: 'text' },
				{ name: 'amount', kind: 'number' },
			],
			rows: [
				['Toys', '12.50'],
				['Games', '9.90'],
			],
		};
		expect(formatResult(short, 'table')).toBe(
			'category  amount\n────────  ──────\nToys       12.50\nGames       9.90\n',
		);
	});

	it('shows the columns of no rows', () => {
		expect(formatResult({ ...answer, rows: [] }, 'csv')).toBe('name,amount,sold,name_2\r\n');
		expect(formatResult({ ...answer, rows: [] }, 'json')).toBe('[]\n');
	});
});

describe('one text for one value, whichever engine writes it', () => {
	it.each([
		['0.1', '0.1'],
		['1.0', '1'],
		['1.0E21', '1e+21'],
		['NaN', 'NaN'],
	])('the double %s is %s', (text, expected) => {
		expect(doubleText(text)).toBe(expected);
	});

	it.each([
		['2026-11-20 10:00:00.000', '2026-11-20 10:00:00'],
		['2026-11-20 10:00:00.500', '2026-11-20 10:00:00.5'],
		['2026-11-20 10:00:00.120030', '2026-11-20 10:00:00.12003'],
		['2026-11-20 10:00:00', '2026-11-20 10:00:00'],
	])('the moment %s is %s', (text, expected) => {
		expect(timestampText(text)).toBe(expected);
	});
});
