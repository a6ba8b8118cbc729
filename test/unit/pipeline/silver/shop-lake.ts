import type { Ingestion } from '../../../support/histories';
import { MemoryLake } from '../../../support/memory-lake';
import type { DatasetName, SourceRecord } from '../../../support/model';
import { perform } from '../../../support/perform';
import { readSilver, type State } from '../../../support/state';

const noon = '2026-11-21T12:00:00.000Z';

/** The records of a batch by dataset, each dataset in one file. */
export type Records = Readonly<Partial<Record<DatasetName, readonly SourceRecord[]>>>;

/** A lake in memory that tests fill by `ingest` and `clean`, for those that say literally what comes in and out. */
export class ShopLake extends MemoryLake {
	protected override now(): Date {
		return new Date(noon);
	}

	/** Ingests batches and cleans them all at once. */
	async admit(batches: Readonly<Record<string, Records>>): Promise<void> {
		for (const [batch, records] of Object.entries(batches)) await this.ingest(batch, records);
		await this.clean(...Object.keys(batches));
	}

	ingest(batch: string, records: Records, asOf?: string): Promise<string> {
		return perform(this.store, ingestion(batch, records, asOf), noon, this.project);
	}

	clean(...batches: string[]): Promise<string> {
		return perform(this.store, { do: 'clean', batches }, noon, this.project);
	}

	withdraw(batch: string): Promise<string> {
		return perform(this.store, { do: 'withdraw', batch }, noon, this.project);
	}

	state(): Promise<State> {
		return readSilver(this.store);
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
}

/** The ingestion of a batch, for tests that do tasks side by side. */
export const ingestion = (batch: string, records: Records, asOf?: string): Ingestion => ({
	do: 'ingest',
	batch,
	asOf,
	datasets: Object.fromEntries(
		Object.entries(records).map(([dataset, lines]) => [
			dataset,
			[{ source: 0, path: `${dataset}.ndjson`, records: lines }],
		]),
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
