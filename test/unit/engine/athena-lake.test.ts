import { productContracts } from '../../../tasks/contracts';
import { checkComputable } from '../../../tasks/engine/athena/athena-run';

const product = { timeZone: 'UTC', contracts: productContracts };

test('Athena computes a lake with the product’s columns and days of UTC', () => {
	expect(() => checkComputable(product)).not.toThrow();
});

test('Athena refuses a lake whose days are those of another zone', () => {
	expect(() => checkComputable({ ...product, timeZone: 'Europe/Berlin' })).toThrow(
		'Athena computes days of UTC only, and those of this lake are in Europe/Berlin. Use --engine duckdb.',
	);
});

test('Athena refuses a lake to which a project adds columns', () => {
	const contracts = { own: { orders: { types: { channel: 'string' } } } } as never;
	expect(() => checkComputable({ ...product, contracts })).toThrow(
		/^Athena does not compute the columns .* of orders\./,
	);
});
