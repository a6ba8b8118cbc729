import { gunzipSync, gzipSync } from 'node:zlib';
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

const state = async ({ store }: ForgettingLake) => ({ ...(await readSilver(store)), ...(await readGold(store)) });

describe('forgetting a person', () => {
	it('erases the records, their lines and everything computed from them, in all versions of all objects', async () => {
		const [lake, without] = [new ForgettingLake(), new ForgettingLake()];
		await lake.admit(first, day(true));
		await without.admit(first, day(false));
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

		const digest = await state(lake);
		await lake.do({ do: 'aggregate' });
		expect(await perform(lake.store, { do: 'rebuild' }, lake.now().toISOString())).toBe('unchanged');
		expect(await state(lake)).toEqual(digest);
	});
});
void gzipSync;
void gunzipSync;
