import { datasets, productContracts } from '../../../../tasks/contracts';
import { retype } from '../../../../tasks/pipeline';
import { sale } from '../../../support/stream-records';
import { StreamLake } from '../stream-lake';

afterEach(() => jest.restoreAllMocks());

test('a sealed batch is typed again from its records: undated ones keep the hour of their delivery', async () => {
	const lake = new StreamLake();
	await lake.deliver('bronze/live_orders/2026/11/26/11/a', sale('e1') + sale('e2', { event_time: null }));
	await lake.deliver(
		'bronze/live_orders/2026/11/26/12/b',
		`not JSON\n${sale('e3', { quantity: 0 })}${sale('e4', { event_time: '' })}`,
	);
	await lake.seal(['live_orders']);
	await lake.clean();
	const before = { rows: await lake.rows('silver_gadget_sales'), accounts: await lake.accounts() };
	expect(before.rows.map(({ event_id, event_time }) => [event_id, String(event_time).slice(11, 19)])).toEqual([
		['e1', '10:59:30'],
		['e2', '11:00:00'],
		['e4', '12:00:00'],
	]);

	const { version, fields } = datasets.gadget_sales;
	jest.replaceProperty(productContracts.datasets.gadget_sales, 'version', (version + 1) as never);
	const [name] = await lake.process(retype);
	expect(name).toMatch(/^gadget_sales\/live_orders-/);
	expect({ rows: await lake.rows('silver_gadget_sales'), accounts: await lake.accounts() }).toEqual(before);
	expect((await lake.quarantine()).map(({ file, line, rule }) => `${file} ${line} ${rule}`).sort()).toEqual(
		['a', 'a'].flatMap(() => ['2026/11/26/12/b 1 unparsable', '2026/11/26/12/b 2 range']).sort(),
	);

	jest.replaceProperty(productContracts.datasets.gadget_sales, 'version', (version + 2) as never);
	jest.replaceProperty(productContracts.datasets.gadget_sales, 'fields', {
		...fields,
		quantity: { ...fields.quantity, moreThan: -1 },
	} as never);
	expect(await lake.process(retype)).toEqual([name]);
	expect((await lake.rows('silver_gadget_sales')).map(({ event_id }) => event_id)).toEqual(['e1', 'e2', 'e3', 'e4']);
});
