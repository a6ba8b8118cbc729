import { productContracts } from '../../../tasks/contracts';
import { checkComputable } from '../../../tasks/engine/athena/athena-run';

test('Athena computes a lake with the product’s columns', () => {
	expect(() => checkComputable(productContracts)).not.toThrow();
});

test('Athena refuses a lake to which a project adds columns', () => {
	const own = { own: { orders: { types: { channel: 'string' } } } } as never;
	expect(() => checkComputable(own)).toThrow(/^Athena does not compute the columns .* of orders\./);
});
