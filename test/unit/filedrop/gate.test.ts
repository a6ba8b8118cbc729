import { readMissedSince } from '../../../tasks/filedrop/gate';
import { DropLedger } from '../../../tasks/filedrop/ledger';
import { csv } from '../../support/aws-file-drop';
import { createMemoryDrop } from './memory-drop';

const key = 'incoming/threshold_not_met_timestamp.json';
const order = (n: number) => ({ [`orders_${n}.csv`]: csv.orders(`O-${n},U-1,2026-11-20,1.00,completed`) });

test('the time when the minimum was first missed is kept while it is missed, and deleted with the batch', async () => {
	const lab = createMemoryDrop();
	lab.drop(order(1));
	const { since, processed_anyway_at } = await lab.gate();
	expect([since, processed_anyway_at]).toEqual(['2026-11-26T12:00:00.000Z', '2026-11-26T12:30:00.000Z']);
	lab.pass(29);
	lab.drop(order(2));
	expect(await lab.gate()).toMatchObject({ status: 'waiting', since, orders: 2 });
	expect((await readMissedSince(lab.store, key))?.toISOString()).toBe(since);
	lab.pass(1);
	const open = await lab.gate();
	expect(open).toMatchObject({ status: 'open', forced: true, files: ['orders_1.csv', 'orders_2.csv'] });
	expect(Object.keys(lab.store.contents('incoming/'))).toEqual([
		`incoming/_batches/${open.batch}/batch.json`,
		'incoming/orders_1.csv',
		'incoming/orders_2.csv',
	]);
	// Until it is done or has failed, it is this batch that is worked on, as it was noted.
	lab.drop(order(3));
	expect(await lab.gate()).toMatchObject({ status: 'open', resumed: true, batch: open.batch, as_of: open.as_of });
});

test.each(['null', '0', '5', '"2026-02-30T10:00:00Z"', '"soon"'])(
	'%s is not a valid time since which the minimum is missed: the wait begins now',
	async (json) => {
		const lab = createMemoryDrop();
		await lab.store.putText(key, `{"threshold_not_met_since": ${json}}`);
		lab.drop(order(1));
		expect(await lab.gate()).toMatchObject({ status: 'waiting', since: '2026-11-26T12:00:00.000Z' });
	},
);

test('an empty drop never becomes a batch, and the kept time is deleted', async () => {
	const lab = createMemoryDrop();
	lab.drop(order(1));
	await lab.gate();
	await lab.lake.delete(['incoming/orders_1.csv']);
	lab.pass(600);
	await expect(lab.gate()).rejects.toMatchObject({ exitCode: 66 });
	expect(lab.store.contents('incoming/')).toEqual({});
	// The next file's time begins with it.
	lab.drop(order(2));
	expect(await lab.gate()).toMatchObject({ status: 'waiting', since: lab.clock().toISOString() });
});

test('an object that can’t be read counts as never missed', async () => {
	const lab = createMemoryDrop();
	lab.drop(order(1));
	lab.lake.place(key, 'yesterday');
	expect(await lab.gate()).toMatchObject({ status: 'waiting', since: lab.clock().toISOString() });
	expect(await readMissedSince(lab.store, key)).toEqual(lab.clock());
});

test('the id of a batch depends only on the keys and versions of its files', async () => {
	const ids = [];
	for (const files of [order(1), order(1), { ...order(1), ...order(2) }]) {
		const lab = createMemoryDrop({ MIN_ORDER_FILES: '1', MIN_ITEM_FILES: '0', MIN_PRODUCT_FILES: '0' });
		lab.drop(files);
		ids.push((await lab.gate()).batch);
	}
	expect(ids[0]).toMatch(/^drop-2026-11-26-[0-9a-f]{10}$/);
	expect(ids[1]).toBe(ids[0]);
	expect(ids[2]).not.toBe(ids[0]);
});

test('a failed batch is held, and the gate says why in whole sentences', async () => {
	const lab = createMemoryDrop({ MIN_ORDER_FILES: '1', MIN_ITEM_FILES: '0', MIN_PRODUCT_FILES: '0' });
	lab.drop({ 'orders_1.csv': csv.orders('O-1,U-1,2026-11-20,1.00,lost') });
	const batch = String((await lab.gate()).batch);
	const ledger = new DropLedger(lab.store, lab.place.settings);
	const at = '2026-11-26T12:00:00.000Z';
	const held = (why: string) =>
		`Batch ${batch} failed at validate on ${at} and is held: ${why} It is retried when its files change, or after 'shoplake filedrop retry --batch ${batch}'.`;
	const fail = async (reason: string) => {
		await ledger.releaseBatch(batch);
		await ledger.recordFailure(batch, { step: 'validate', reason, at, alerted: null });
	};
	const refused: Error = await lab.validate(batch).catch((error) => error);
	await fail(refused.message);
	await expect(lab.gate()).rejects.toThrow(
		held(`Something is wrong with batch ${batch}; nothing is loaded, and its files stay where they are.`),
	);
	await fail('no space left');
	await expect(lab.gate()).rejects.toThrow(held('no space left.'));
});
