import type { Ledger } from '../../../tasks/lake';
import { reportStatus } from '../../../tasks/pipeline';
import { aggregate } from '../../../tasks/pipeline/gold';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { publish } from '../../support/publish';

const version = (attempt: string) => ({ attempt, as_of: '2026-11-20T00:00:00.000Z', received: 1, rejected: 0 });
const ledger: Ledger = {
	format: 1,
	ingested: {
		orders: {
			'2026-11-20': version('a'),
			'2026-11-21': version('b'),
			'2026-11-22': version('c'),
			'2026-11-23': version('d'),
			fix: version('e'),
		},
	},
	admitted: { orders: { '2026-11-20': version('a'), '2026-11-21': version('before') } },
	left_out: { orders: ['2026-11-23'] },
};
const orders = (date: string) =>
	`select 'o1' as order_id, 'u1' as user_id, 1.00 as total_amount, 'completed' as status, '${date}' as order_date`;

test('each layer of each date is current, stale, missing or left out, with the reasons', async () => {
	const { context, dispose } = testContext({ store: new MemoryStore() });
	try {
		await publish(context, { silver_orders: { rows: orders('2026-11-20') } });
		await aggregate(context, { kind: 'all' });
		await publish(context, { silver_orders: { rows: orders('2026-11-21') } }, ledger);
		const snapshot = await (await context.lake()).newest();
		const all = await reportStatus(context, snapshot, undefined);
		expect(all.filter(({ date }) => date !== 'all')).toEqual([
			{
				date: '2026-11-20',
				...{ bronze: 'current', silver: 'current', gold: 'current', kpis: 'missing' },
				why: 'DynamoDB: never loaded',
			},
			{
				date: '2026-11-21',
				...{ bronze: 'current', silver: 'stale', gold: 'missing', kpis: '' },
				why: [
					'orders: ingested again, not cleaned',
					'gold_daily_sales: never computed',
					'gold_category_kpis: never computed',
					'gold_order_kpis: never computed',
					'gold_customer_daily: never computed',
					'gold_sales_anomalies: changed: sales of the date or of the 28 days before',
				].join('; '),
			},
			{
				date: '2026-11-22',
				...{ bronze: 'current', silver: 'missing', gold: '', kpis: '' },
				why: 'orders: ingested, not cleaned',
			},
			{
				date: '2026-11-23',
				...{ bronze: 'current', silver: 'left out', gold: '', kpis: '' },
				why: 'orders: left out by a withdrawal or rollback',
			},
			{
				date: 'fix',
				...{ bronze: 'current', silver: 'missing', gold: '', kpis: '' },
				why: 'orders: ingested, not cleaned',
			},
		]);
		expect(await reportStatus(context, snapshot, { from: '2026-11-19', to: '2026-11-20' })).toEqual([
			{
				date: '2026-11-19',
				...{ bronze: 'missing', silver: '', gold: '', kpis: '' },
				why: 'no batch of this date is ingested',
			},
			all[0],
		]);
	} finally {
		await dispose();
	}
});
