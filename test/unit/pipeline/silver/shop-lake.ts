import type { TaskContext } from '../../../../tasks/context';
import { testContext } from '../../../support/context';
import type { Ingestion } from '../../../support/histories';
import { MemoryStore } from '../../../support/memory-store';
import type { DatasetName, SourceRecord } from '../../../support/model';
import { perform } from '../../../support/perform';
import { type State, silverState } from '../../../support/state';

const noon = '2026-11-21T12:00:00.000Z';

/** The records of a batch by dataset, each dataset in one file. */
export type Records = Readonly<Partial<Record<DatasetName, readonly SourceRecord[]>>>;

/** A lake in memory for tests that say literally what comes in and what comes out. */
export class ShopLake {
	readonly store = new MemoryStore();

	/** Ingests batches and cleans them all at once. */
	async admit(batches: Readonly<Record<string, Records>>): Promise<void> {
		for (const [batch, records] of Object.entries(batches)) await this.ingest(batch, records);
		await this.clean(...Object.keys(batches));
	}

	ingest(batch: string, records: Records, asOf?: string): Promise<string> {
		return perform(this.store, ingestion(batch, records, asOf), noon);
	}

	clean(...batches: string[]): Promise<string> {
		return perform(this.store, { do: 'clean', batches }, noon);
	}

	withdraw(batch: string): Promise<string> {
		return perform(this.store, { do: 'withdraw', batch }, noon);
	}

	/** Does any work with a task's context. */
	async with<T>(work: (context: TaskContext) => Promise<T>): Promise<T> {
		const { context, dispose } = testContext({ store: this.store, clock: () => new Date(noon) });
		try {
			return await work(context);
		} finally {
			await dispose();
		}
	}

	state(): Promise<State> {
		return silverState(this.store);
	}

	/** The labels by `dataset batch`: those that are not zero. */
	async labels(): Promise<Record<string, Record<string, unknown>>> {
		const { labels = [] } = await this.state();
		return Object.fromEntries(
			labels.map(({ dataset, batch, as_of: _, ...counts }) => [
				`${dataset} ${batch}`,
				Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
			]),
		);
	}

	/** The number of the newest head. */
	head(): Promise<number> {
		return this.with(async (context) => (await (await context.lake()).newest()).head.number);
	}
}

/** The ingestion of a batch, for tests that do tasks side by side. */
export const ingestion = (batch: string, records: Records, asOf?: string): Ingestion => ({
	do: 'ingest',
	batch,
	asOf,
	datasets: Object.fromEntries(
		Object.entries(records).map(([dataset, of]) => [dataset, [{ source: 0, path: `${dataset}.ndjson`, records: of }]]),
	),
});

export const order = (order_id: string, changes: Record<string, string | number> = {}) => ({
	order_id,
	user_id: 'u1',
	order_date: '2026-11-20',
	total_amount: '10.00',
	status: 'pending',
	...changes,
});
export const line = (order_id: string, line_number: number | null, changes: Record<string, string | number> = {}) => ({
	order_id,
	line_number,
	product_id: 'p1',
	quantity: 2,
	unit_price: '5.00',
	...changes,
});
export const product = (product_id: string, changes: Record<string, string | number> = {}) => ({
	product_id,
	name: 'Pen',
	category: 'Office',
	price: '5.00',
	...changes,
});
export const event = (event_id: string, event_time: string, changes: Record<string, string | number> = {}) => ({
	event_id,
	event_type: 'product_view',
	user_id: 'u1',
	product_id: 'p1',
	event_time,
	...changes,
});
