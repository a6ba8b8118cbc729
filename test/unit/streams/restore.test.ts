import { verifyLake } from '../../../tasks/operations/verify';
import { rebuild } from '../../../tasks/pipeline';
import { NoInputError } from '../../../tasks/platform/errors';
import { restoreStreamTables } from '../../../tasks/streams';
import { sale } from '../../support/stream-records';
import { StreamLake } from './stream-lake';

const orders = 'bronze/live_orders/2026/11/26/11/';

/** Two sealed and cleaned batches, of two dates. */
async function sealedLab(): Promise<StreamLake> {
	const lab = new StreamLake();
	await lab.deliver(`${orders}a`, sale('e1'));
	await lab.seal(['live_orders'], { until: '2026-11-26T12:00:00Z' });
	await lab.deliver('bronze/live_orders/2026/11/25/23/b', sale('e2'));
	await lab.deliver(`${orders}c`, 'not a record\n');
	await lab.seal(['live_orders']);
	await lab.clean();
	return lab;
}

test.each([
	['_manifests/tables/internal_sealed_live_orders/', 'is gone'],
	['internal/sealed_live_orders/', 'is gone'],
	['internal/sealed_live_orders/', 'has other names'],
])('the set of sealed objects is restored if %s %s, and nothing is sealed twice', async (prefix, harm) => {
	const lab = await sealedLab();
	for (const key of lab.store.keys(prefix)) {
		if (harm === 'is gone') await lab.store.delete([key]);
		else lab.store.damage(key, (bytes) => Buffer.from(bytes.toString().replace('/11/', '/12/')));
	}
	await lab.deliver(`${orders}d`, sale('e3'));
	await expect(lab.seal(['live_orders'])).rejects.toThrow("Run 'shoplake rebuild'");
	expect(await lab.process(restoreStreamTables)).toEqual(['internal_sealed_live_orders']);
	await lab.process((context) => rebuild(context, undefined));
	expect((await lab.process((context) => verifyLake(context, {}))).findings).toEqual([]);
	expect(await lab.seal(['live_orders'])).toMatchObject({ objects: 1, received: 1 });
	await lab.clean();
	expect((await lab.rows('silver_gadget_sales')).map(({ event_id }) => event_id)).toEqual(['e1', 'e2', 'e3']);
	await expect(lab.seal(['live_orders'])).rejects.toThrow(NoInputError);
	expect(await lab.process(restoreStreamTables)).toEqual([]);
});
