import fc from 'fast-check';
import customerValueSql from '../../../../sql/gold/customer-value.sql';
import { inContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { halfUp, moneyText } from '../../../support/model/numbers';
import { runs, timeLimitMs } from '../../properties/runs';

const most = 999999999999999999n;
const customerColumns = {
	user_id: 'varchar',
	first_order_date: 'date',
	last_order_date: 'date',
	orders: 'bigint',
	revenue: 'decimal(18,2)',
};
const dayColumns = { user_id: 'varchar', order_date: 'date', orders: 'bigint', revenue: 'decimal(18,2)' };

interface Customer {
	readonly cents: bigint;
	readonly orders: bigint;
	readonly name?: string;
}

/** The rows of customer_value by id; customers of one name are days of the same one. */
const computeCustomers = (customers: readonly Customer[]) =>
	inContext({ store: new MemoryStore() }, async (context) => {
		const engine = await context.engine();
		const days = customers.map(({ cents, orders, name }, user) => [
			name ?? `u${user}`,
			'2026-11-20',
			String(orders),
			moneyText(cents),
		]);
		const rows = await engine.rows(customerValueSql, {
			inputs: {
				customers_before: await engine.texts(customerColumns, []),
				customer_days_removed: await engine.texts(dayColumns, []),
				customer_days_added: await engine.texts(dayColumns, days),
				customer_spans: await engine.texts(
					{ user_id: 'varchar', first_order_date: 'date', last_order_date: 'date' },
					[],
				),
			},
		});
		return new Map(rows.map(({ user_id, ...row }) => [user_id, row]));
	});

describe('customer_value of any revenue that its column holds', () => {
	test(
		'has exact averages, and ranks by revenue, with ties',
		async () => {
			const customer = fc.record({
				cents: fc.oneof(
					fc.bigInt({ min: 0n, max: most }),
					fc.bigInt({ min: 0n, max: 100n }),
					// About 2^53, beyond which a division in floating point is off.
					fc.bigInt({ min: 9007199254740000n, max: 9007199254742000n }),
					fc.constantFrom(most, most - 1n, 100n * (most / 100n)),
				),
				orders: fc.oneof(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: 1n, max: 1_000_000_000n })),
			});
			await fc.assert(
				fc.asyncProperty(fc.array(customer, { minLength: 1, maxLength: 40 }), async (customers) => {
					const rows = await computeCustomers(customers);
					const expected = customers.map(({ cents, orders }, user) => {
						const rank = 1 + customers.filter((other) => other.cents > cents).length;
						return [
							`u${user}`,
							expect.objectContaining({
								revenue: moneyText(cents),
								avg_order_value: moneyText(halfUp(cents, orders)),
								revenue_rank: String(rank),
								is_top_decile: rank <= Math.ceil(customers.length / 10),
							}),
						] as const;
					});
					expect(rows).toEqual(new Map(expected));
				}),
				{ numRuns: runs(20) },
			);
		},
		timeLimitMs,
	);

	test('keeps a revenue that the column does not hold, so that the table is refused and its reason exact', async () => {
		const rows = await computeCustomers([
			{ name: 'ann', cents: most, orders: 1n },
			{ name: 'ann', cents: 1n, orders: 1n },
			{ name: 'bob', cents: 5n, orders: 2n },
		]);
		expect(rows.get('ann')).toMatchObject({ revenue: '10000000000000000.00', avg_order_value: null });
		expect(rows.get('bob')).toMatchObject({ revenue: '0.05', avg_order_value: '0.03' });
	});
});
