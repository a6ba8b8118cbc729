import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planRun } from '../../../../tasks/pipeline';
import { ingestBatch } from '../../../../tasks/pipeline/bronze';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { type Files, ingestFiles, ingestRefusal, orderLine } from './ingest-files';

const item = (changes: object) =>
	JSON.stringify({ order_id: 'o1', product_id: 'p1', quantity: 1, unit_price: '2.00', ...changes });
const dryRun = (files: Files, maxRejected = 0.5) => ingestFiles(files, { dryRun: true, maxRejected });

test('a dry run says what would be rejected, by which rule, and whether the batch would be refused', async () => {
	const store = new MemoryStore();
	const orders = [orderLine(), 'x', orderLine({ status: '"lost"' }), ...Array(4).fill(orderLine({ user_id: '""' }))];
	const files = { 'orders.ndjson': orders.join('\n'), 'order_items.json': `[${item({})},${item({ quantity: 0 })}]` };
	const { outcome } = await ingestFiles(files, { dryRun: true, maxRejected: 0.5 }, store);
	const as_of = '2026-11-20T00:00:00.000Z';
	expect(outcome).toEqual({
		status: 'planned',
		batch: '2026-11-20',
		received: 9,
		rejected: 7,
		refused: true,
		datasets: [
			{
				...{ dataset: 'order_items', as_of, received: 2, accepted: 1, rejected: 1 },
				...{ rejected_by_rule: { range: 1 }, refused: false },
			},
			{
				...{ dataset: 'orders', as_of, received: 7, accepted: 1, rejected: 6 },
				...{ rejected_by_rule: { unparsable: 1, missing: 4, enum: 1 }, refused: true },
			},
		],
		examples: [
			...[['range', 'order_items.json', 2]],
			...[['enum', 'orders.ndjson', 3]],
			...[4, 5, 6].map((line) => ['missing', 'orders.ndjson', line]),
			...[['unparsable', 'orders.ndjson', 2]],
		].map(([rule, file, line]) => expect.objectContaining({ rule, file, line })),
		files: [expect.objectContaining({ dataset: 'order_items' }), expect.objectContaining({ dataset: 'orders' })],
	});
	expect(store.keys()).toEqual([]);
});

test('a dry run counts what ingestion counts', async () => {
	const files = { 'orders.ndjson': [orderLine(), 'x', orderLine({ status: '"lost"' })].join('\n') };
	const { received, rejected, datasets } = (await dryRun(files)).outcome;
	const ingested = await ingestFiles(files);
	expect({ received, rejected }).toEqual({ received: ingested.outcome.received, rejected: ingested.outcome.rejected });
	const [{ rejected_by_rule }] = datasets as [{ rejected_by_rule: object }];
	expect(ingested.outcome.datasets).toMatchObject([{ rejected_by_rule }]);
});

test('a dry run fails where a file could not be read at all', async () => {
	const refused = await ingestRefusal({ 'orders.csv': 'id;amount\n1;2\n' }, { dryRun: true });
	expect(refused).toMatchObject({
		exitCode: 65,
		message: expect.stringContaining('in/orders.csv has no column order_id'),
	});
});

test('a dry run of the whole pipeline judges the files, and names the steps', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-plan-'));
	const { context, dispose } = testContext({ store: new MemoryStore() });
	try {
		await writeFile(join(folder, 'orders.ndjson'), `${orderLine()}\nx\n`);
		const planned = await planRun(context, { batch: '2026-11-20', sources: [folder], maxRejected: 0.05 });
		expect(planned).toMatchObject({
			...{ status: 'planned', batch: '2026-11-20', received: 2, rejected: 1, refused: true },
			steps: ['ingest', 'clean', 'aggregate', 'crawl', 'load-kpis'].map((step) => ({ step, status: 'planned' })),
		});
	} finally {
		await dispose();
		await rm(folder, { recursive: true });
	}
});

describe('one product on several lines of an order', () => {
	const ingestItems = async (items: readonly object[]) => {
		const { context, logged, dispose } = testContext({ store: new MemoryStore() });
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-items-'));
		try {
			const path = join(folder, 'order_items.ndjson');
			await writeFile(path, items.map(item).join('\n'));
			const options = { batch: '2026-11-20', sources: [path], maxRejected: 0 };
			const dry = await ingestBatch(context, { ...options, dryRun: true });
			const outcome = await ingestBatch(context, options);
			return { dry: dry.repeated_products, real: outcome.repeated_products, logged };
		} finally {
			await dispose();
			await rm(folder, { recursive: true });
		}
	};

	it('is warned of, with the counts, where the lines have no number', async () => {
		const items = [{}, {}, { quantity: 2 }, { product_id: 'p2' }, { order_id: 'o2' }, { order_id: 'o2', quantity: 3 }];
		const { dry, real, logged } = await ingestItems(items);
		expect([dry, real]).toEqual([
			{ orders: 2, lines: 3 },
			{ orders: 2, lines: 3 },
		]);
		expect(logged).toContain(
			'warn: 2 orders have one product on several lines without a line_number: only the last of these lines counts, and 3 will not. If they are lines of their own, give each a line_number and ingest the batch again.',
		);
	});

	it('is nothing to warn of where the lines are numbered, or no product is repeated', async () => {
		const { real, logged } = await ingestItems([{ line_number: 1 }, { line_number: 2 }, { order_id: 'o2' }]);
		expect(real).toBeUndefined();
		expect(logged.filter((line) => line.startsWith('warn'))).toEqual([]);
	});
});
