import { gzipSync } from 'node:zlib';
import { NoInputError } from '../../../tasks/shared/errors';
import { event, sale } from '../../support/stream-records';
import { StreamLab } from './stream-lab';

const orders = 'bronze/live_orders/2026/11/26/11/';
const events = 'bronze/live_events/2026/11/26/11/';

test('what was delivered is sealed into one batch a stream, cleaned, and nothing is sealed twice', async () => {
	const lab = new StreamLab();
	await lab.deliver(`${orders}a-1`, sale('e1') + sale('e2', { quantity: 1 }));
	await lab.deliver(`${orders}b-2.gz`, gzipSync(sale('e3') + sale('e1')));
	await lab.deliver(`${events}x`, event('v1') + event('v2', { event_type: 'stare' }));
	expect(await lab.seal(undefined, { until: '2026-11-26T12:00:00Z' })).toMatchObject({
		status: 'published',
		received: 6,
		rejected: 1,
		objects: 3,
		batches: [
			{ batch: 'live_events-20261126T12', objects: 1, received: 2, rejected: 1 },
			{ batch: 'live_orders-20261126T12', objects: 2, received: 4, rejected: 0, bronze_objects: 1 },
		],
		waiting: ['live_events-20261126T12', 'live_orders-20261126T12'],
	});
	expect(await lab.clean()).toMatchObject({ status: 'published', received: 6, kept: 4, duplicates: 1, rejected: 1 });
	expect(await lab.rows('silver_gadget_sales')).toEqual([
		{
			event_id: 'e1',
			event_time: '2026-11-26T10:59:30.000000Z',
			event_type: 'INSERT',
			orderid: '7421',
			price: '429.99',
			product_name: 'Laptop',
			quantity: 3,
			sale_date: '2026-11-26',
		},
		expect.objectContaining({ event_id: 'e2', quantity: 1 }),
		expect.objectContaining({ event_id: 'e3' }),
	]);
	expect(await lab.quarantine()).toEqual([
		expect.objectContaining({ batch: 'live_events-20261126T12', file: '2026/11/26/11/x', line: 2, rule: 'enum' }),
	]);
	await expect(lab.seal()).rejects.toThrow(NoInputError);
});
