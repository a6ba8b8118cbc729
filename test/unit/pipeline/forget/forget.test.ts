import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { storeFile } from '../../../../tasks/lake';
import { ingestBatch } from '../../../../tasks/pipeline/bronze';
import { PartlyRefusedError, TryAgainError } from '../../../../tasks/platform/errors';
import { inContext } from '../../../support/context';
import { findText } from '../../../support/find-text';
import type { Task } from '../../../support/histories';
import { MemoryStore } from '../../../support/memory-store';
import { perform } from '../../../support/perform';
import { readGold, readSilver } from '../../../support/state';
import { event, ingestion, line, order, product, type Records } from '../silver/shop-lake';
import { forgetPerson, verifyStore } from './forgetting-lake';

const person = 'person-7f3a';
const own = { user_id: person };
const first = '2026-11-20';
const second = '2026-11-21';
const start = Date.parse('2026-11-21T06:00:00Z');

/** A lake in memory whose clock goes on by a minute with every task. */
class ForgettingLake {
	private minutes = 0;
	readonly store = new MemoryStore({ clock: () => this.now() });

	now = (): Date => new Date(start + this.minutes * 60_000);

	async do(...tasks: readonly Task[]): Promise<void> {
		for (const task of tasks) {
			this.minutes++;
			await perform(this.store, task, this.now().toISOString());
		}
	}

	/** Ingests and cleans a batch, and recomputes Gold. */
	admit(batch: string, records: Records): Promise<void> {
		return this.do(ingestion(batch, records), { do: 'clean', batches: [batch] }, { do: 'aggregate' });
	}

	forget(user = person, options: { readonly dryRun?: boolean } = {}) {
		this.minutes++;
		return forgetPerson(this.store, user, { ...options, now: this.now() });
	}
}

/** Records of a day; those of the person are in it only if wanted. */
const day = (withPerson: boolean): Records => ({
	orders: [
		order('o1', { user_id: 'u1' }),
		...(withPerson ? [order('o2', own), order('o3', { ...own, status: 'lost' })] : []),
	],
	order_items: [line('o1', 1), ...(withPerson ? [line('o2', 1), line('o2', 2, { quantity: -1 })] : [])],
	products: [product('p1')],
	events: [
		event('e1', '2026-11-20T10:00:00Z', { user_id: 'u1' }),
		...(withPerson ? [event('e2', '2026-11-20T10:00:00Z', own)] : []),
	],
});

/** An empty bucket and the command. */
class Forgetting {
	readonly store = new MemoryStore();
	forget = () => forgetPerson(this.store, person);
}

/** A record that Firehose kept because its transformation failed. */
const failed = (text: string) => JSON.stringify({ errorCode: 'x', rawData: Buffer.from(text).toString('base64') });

/** The files beside the lake by key, unpacked. */
function unpacked(store: MemoryStore): Record<string, string> {
	const files = store.allVersions().filter(({ key }) => !key.startsWith('erasures/'));
	return Object.fromEntries(
		files.map(({ key, bytes }) => [key, (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString()]),
	);
}

const state = async ({ store }: ForgettingLake) => ({ ...(await readSilver(store)), ...(await readGold(store)) });

describe('forgetting a person', () => {
	it('erases the records, their lines and everything computed from them, in all versions of all objects', async () => {
		const [lake, without] = [new ForgettingLake(), new ForgettingLake()];
		await lake.do(ingestion(first, day(true)), { do: 'clean', batches: [first] });
		await without.do(ingestion(first, day(false)), { do: 'clean', batches: [first] });
		for (const one of [lake, without]) await one.admit(second, { orders: [order('o1', { order_date: second })] });
		expect(await findText(lake.store, person)).not.toEqual([]);

		const outcome = await lake.forget();
		expect(outcome).toMatchObject({
			status: 'published',
			orders: 2,
			records: [
				{ dataset: 'orders', batches: 1, erased: 1, rejected: 1, unused: 0, redacted: 0 },
				{ dataset: 'order_items', batches: 1, erased: 1, rejected: 1, unused: 0, redacted: 0 },
				{ dataset: 'events', batches: 1, erased: 1, rejected: 0, unused: 0, redacted: 0 },
			],
			near_matches: [],
			left: [],
		});
		expect(JSON.stringify(outcome)).not.toContain(person);
		expect(await findText(lake.store, person)).toEqual([]);
		expect(await state(lake)).toEqual(await state(without));
		expect(await verifyStore(lake.store)).toEqual([]);

		expect(await perform(lake.store, { do: 'rebuild' }, lake.now().toISOString())).toBe('unchanged');
	});
});

describe('the files beside the lake', () => {
	const mine = JSON.stringify({ order_id: 'o2', ...own });
	const theirs = JSON.stringify({ order_id: 'o1', user_id: 'u1' });
	const csv = (...rows: readonly string[]) => `${['order_id,user_id,note', ...rows].join('\r\n')}\r\n`;

	it('lose the lines of the person, and keep all others as they came', async () => {
		const { store, forget } = new Forgetting();
		store.place('landing/orders/batch=b/orders.ndjson', `${theirs}\n\n${mine}\n${theirs}`);
		store.place('landing/orders/batch=b/orders.csv.gz', gzipSync(csv('o1,u1,x', `o2,${person},x`)));
		store.place('processed/drop-1/orders_1.csv', csv(`o2,${person},"two\nlines"`, 'o1,u1,"a ""b""\nc"'));
		store.place('rejected/drop-1/orders_2.csv', csv('o1,u1', `o2,${person}`));
		store.place('bronze/live_events/2026/11/20/10/object', gzipSync(`${mine}\n${theirs}\n`));
		store.place('processing-failed/live_events/2026/11/20/10/object', [failed(mine), failed(theirs)].join('\n'));
		expect(await forget()).toMatchObject({ status: 'published', left: [], near_matches: [] });
		expect(await findText(store, person)).toEqual([]);
		expect(await findText(store, Buffer.from(mine).toString('base64'))).toEqual([]);
		expect(unpacked(store)).toEqual({
			'landing/orders/batch=b/orders.ndjson': `${theirs}\n\n${theirs}`,
			'landing/orders/batch=b/orders.csv.gz': csv('o1,u1,x'),
			'processed/drop-1/orders_1.csv': csv('o1,u1,"a ""b""\nc"'),
			'rejected/drop-1/orders_2.csv': csv('o1,u1'),
			'bronze/live_events/2026/11/20/10/object': `${theirs}\n`,
			'processing-failed/live_events/2026/11/20/10/object': failed(theirs),
		});
	});

	it('are deleted whole if they can be made again, and in earlier versions', async () => {
		const { store, forget } = new Forgetting();
		store.place('reports/2026-11-20.html', `<td>${person}</td>`);
		store.place('refused/orders/batch=b/1.ndjson.zst', mine);
		store.place('landing/orders/batch=b/orders.ndjson', mine);
		store.place('landing/orders/batch=b/orders.ndjson', theirs);
		store.place('landing/orders/batch=gone/orders.ndjson', mine);
		await store.delete(['landing/orders/batch=gone/orders.ndjson']);
		await forget();
		expect(await findText(store, person)).toEqual([]);
		expect(unpacked(store)).toEqual({ 'landing/orders/batch=b/orders.ndjson': theirs });
	});

	it('of another format are deleted if they were ingested as they are, and left, with their key, if not', async () => {
		const { store, forget } = new Forgetting();
		const document = JSON.stringify([order('o1', { user_id: 'u1' }), order('o2', own)], null, 1);
		store.place(`landing/orders/batch=${first}/orders.json`, document);
		await inContext({ store }, (context) => ingestBatch(context, { batch: first, maxRejected: 0 }));
		store.place(`landing/orders/batch=${second}/orders.json`, document);
		expect(await forget()).toMatchObject({
			records: [{ dataset: 'orders', erased: 1 }],
			files: [{ where: 'landing/', records: 2, rewritten: 0, deleted: 1 }],
			left: [{ key: `landing/orders/batch=${second}/orders.json` }],
		});
		expect(await findText(store, person)).toEqual([`landing/orders/batch=${second}/orders.json`]);
	});

	it('of a file drop under way are left: its batch names versions of them', async () => {
		const { store, forget } = new Forgetting();
		store.place('incoming/orders_1.csv', csv(`o2,${person},x`));
		store.place('incoming/pipeline.lock', '{}');
		expect(await forget()).toMatchObject({ left: [{ key: 'incoming/orders_1.csv' }] });
		await store.delete(['incoming/pipeline.lock']);
		expect(await forget()).toMatchObject({ left: [] });
		expect(store.contents('incoming/')).toEqual({ 'incoming/orders_1.csv': csv() });
	});
});

describe('what looks like the person', () => {
	it('is told and stays if the id is part of a longer text or names something else', async () => {
		const { store, forget } = new Forgetting();
		const near = [
			JSON.stringify({ order_id: person, user_id: 'u1' }),
			JSON.stringify({ order_id: 'o1', user_id: `${person}9`, note: `ask ${person}` }),
		].join('\n');
		store.place('landing/orders/batch=b/orders.ndjson', near);
		expect(await forget()).toMatchObject({ status: 'unchanged', near_matches: [{ where: 'landing/', records: 2 }] });
		expect(store.contents('landing/')).toEqual({ 'landing/orders/batch=b/orders.ndjson': near });
	});

	it('is removed from the further fields of somebody else’s record, which stays', async () => {
		const lake = new ForgettingLake();
		await lake.admit(first, {
			orders: [order('o1', { user_id: 'u1', referred_by: person, note: 'x' })],
			order_items: [line('o1', 1)],
			products: [product('p1', { added_by: person })],
		});
		const before = await state(lake);
		expect(await lake.forget()).toMatchObject({
			orders: 0,
			records: [
				{ dataset: 'orders', erased: 0, redacted: 1 },
				{ dataset: 'products', erased: 0, redacted: 1 },
			],
		});
		expect(await findText(lake.store, person)).toEqual([]);
		expect(await state(lake)).toEqual(before);
		expect(await verifyStore(lake.store)).toEqual([]);
	});
});

describe('a dry run', () => {
	it('tells what would be erased, and changes nothing', async () => {
		const lake = new ForgettingLake();
		await lake.admit(first, day(true));
		lake.store.place('landing/orders/batch=b/orders.ndjson', JSON.stringify(own));
		const before = lake.store.allVersions();
		expect(await lake.forget(person, { dryRun: true })).toMatchObject({
			status: 'planned',
			orders: 2,
			records: [{ dataset: 'orders', erased: 1, rejected: 1 }, { dataset: 'order_items' }, { dataset: 'events' }],
			files: [{ where: 'landing/', records: 1, rewritten: 1 }],
		});
		expect(lake.store.allVersions()).toEqual(before);
	});
});

describe('the earlier states', () => {
	it('end even if the newest one has nothing of the person any more', async () => {
		const lake = new ForgettingLake();
		await lake.do(ingestion(first, day(true)), ingestion(first, day(false)));
		expect(await lake.forget()).toMatchObject({ status: 'published', records: [] });
		expect(await findText(lake.store, person)).toEqual([]);
		expect(await verifyStore(lake.store)).toEqual([]);
	});

	it('stay if nothing is found', async () => {
		const lake = new ForgettingLake();
		await lake.do(ingestion(first, day(false)));
		const before = lake.store.contents();
		expect(await lake.forget()).toMatchObject({ status: 'unchanged', records: [], files: [] });
		const { 'erasures/salt': _, ...after } = lake.store.contents();
		expect(after).toEqual(before);
	});
});

describe('Gold that can’t be recomputed', () => {
	it('of a date whose amounts don’t fit is left and told, with 65; when it is corrected, the next run completes the erasure', async () => {
		const lake = new ForgettingLake();
		await lake.admit(first, day(true));
		// Each fits, and their sum does not.
		const huge = [2, 3].map((number) => line('o1', number, { quantity: 900_000_000, unit_price: '9999999.99' }));
		await lake.do(ingestion(second, { order_items: huge }), { do: 'clean', batches: [second] });
		const error = await lake.forget().catch((error: unknown) => error);
		expect(error).toBeInstanceOf(PartlyRefusedError);
		const left = (error as PartlyRefusedError).outcome.left as readonly { readonly key: string }[];
		expect(left.map(({ key }) => key).sort()).toEqual(await findText(lake.store, person));
		await lake.do({ do: 'withdraw', batch: second });
		expect(await lake.forget()).toMatchObject({ status: 'published', left: [] });
		expect(await findText(lake.store, person)).toEqual([]);
	});

	it('of a table whose project is not here is left and told, and the erasure is not finished until it is', async () => {
		const lake = new ForgettingLake();
		await lake.do(ingestion(first, day(true)));
		const key = 'gold/own/v=a/part-0.parquet';
		await inContext({ store: lake.store, clock: lake.now }, async (context) => {
			const { duckdb, store, scratch } = await context.engine();
			const path = join(scratch, 'own.parquet');
			await duckdb.execute(`copy (select '${person}' as user_id) to '${path}' (format parquet)`);
			const entry = { version: 'a', files: [await storeFile(store, path, key, 1)], rows: 1, fingerprint: 'a' };
			const own = { format: 2, table: 'gold_own', contract: 1, partitions: { all: entry } };
			await (await context.lake()).transact(context.run, async () => ({ tables: { gold_own: own } }));
		});
		expect(await lake.forget()).toMatchObject({ left: [{ key }] });
		expect(await findText(lake.store, person)).toEqual([key]);
		expect(await verifyStore(lake.store)).toMatchObject([{ problem: 'is of an erasure that is not finished' }]);
		await inContext({ store: lake.store, clock: lake.now }, async (context) =>
			(await context.lake()).transact(context.run, async () => ({ tables: { gold_own: null } })),
		);
		expect(await lake.forget()).toMatchObject({ status: 'published', left: [] });
		expect(await findText(lake.store, person)).toEqual([]);
		expect(await verifyStore(lake.store)).toEqual([]);
	});
});

test('a run that began before can’t bring the person back: it ends with 75, and the next one works on the new state', async () => {
	const lake = new ForgettingLake();
	await lake.do(ingestion(first, day(true)));
	const clean = () => perform(lake.store.door(hooks), { do: 'clean', batches: [first] }, lake.now().toISOString());
	let isForgotten = false;
	const hooks = {
		before: async (operation: string) => {
			if (operation !== 'createText' || isForgotten) return;
			isForgotten = true;
			await lake.forget();
		},
	};
	await expect(clean()).rejects.toThrow(TryAgainError);
	await lake.do({ do: 'clean', batches: [first] });
	expect((await readSilver(lake.store)).orders).toMatchObject([{ order_id: 'o1' }]);
});

test('the record of the deed holds a digest of the id, not the id', async () => {
	const lake = new ForgettingLake();
	await lake.do(ingestion(first, day(true)));
	const { person: digest } = await lake.forget();
	const [key = '', ...others] = lake.store.keys('erasures/').filter((key) => key.endsWith('.json'));
	expect(others).toEqual([]);
	expect(key).toBe(`erasures/${digest}.json`);
	expect(JSON.parse(lake.store.contents()[key] ?? '')).toMatchObject({
		person: digest,
		finished_at: lake.now().toISOString(),
		erased: { orders: 2 },
	});
});
