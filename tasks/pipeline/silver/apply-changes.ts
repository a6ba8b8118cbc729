import { type DatasetName, datasetNames, datasets } from '../../contracts';
import type { Engine, RankedBatch } from '../../engine';
import {
	type BatchManifest,
	checkAccounts,
	keysTable,
	type Ledger,
	listAccounts,
	orphansTable,
	recordsTable,
	type Snapshot,
} from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import { type BatchChanges, createRanks, sortByArrival } from './batch-changes';
import { cleanOrderItems } from './clean-order-items';
import { cleanOrders, type OrdersAfter } from './clean-orders';
import { cleanProducts, compareProducts } from './clean-products';
import { cleanSelfDated } from './clean-self-dated';
import { type Manifests, scoped } from './silver-run';
import { selfDated, silver } from './tables';

/** The batches that a run changes, by dataset: `removed` names former versions, `added` new ones. */
export type Changes = Readonly<Partial<Record<DatasetName, { added: readonly string[]; removed: readonly string[] }>>>;

/** Reads the manifest of a version of a batch. */
export type ReadBatch = (dataset: string, batch: string, attempt: string) => Promise<BatchManifest>;

/**
 * Applies changes of admitted batches to Silver, the version histories and the orphans of a snapshot.
 * `ledger` is the ledger after the changes. Returns the new manifests; nothing is visible yet. Throws InternalError where
 * the accounts of the batches do not add up.
 */
export async function applyChanges(
	engine: Engine,
	snapshot: Snapshot,
	ledger: Ledger,
	changes: Changes,
	{ readBatch, attempt }: { readonly readBatch: ReadBatch; readonly attempt: string },
): Promise<Manifests> {
	const manifests = await scoped({ engine, snapshot, attempt }, async (run) => {
		for (const dataset of datasetNames) if (changes[dataset]) readAhead(snapshot, dataset);
		// All downloads from Bronze start before the first dataset is computed.
		const read = await mapConcurrently(datasetNames, datasetNames.length, async (dataset) => {
			return [dataset, await readBatchChanges(run.engine, dataset, ledger, changes[dataset], readBatch)] as const;
		});
		const changed = new Map(read);
		const changesIn = (dataset: DatasetName) => changed.get(dataset) as BatchChanges;

		const manifests: Manifests = {};
		if (changes.products) Object.assign(manifests, await cleanProducts(run, changesIn('products')));
		const products = await compareProducts(run, manifests[silver('products').name]);

		let orders: OrdersAfter = { manifest: await snapshot.table(silver('orders').name), dates: [], moved: undefined };
		if (changes.orders) {
			const cleaned = await cleanOrders(run, changesIn('orders'));
			Object.assign(manifests, cleaned.manifests);
			orders = cleaned.orders;
		}
		// Even without new items: existing ones may move with their orders, or find their products.
		Object.assign(manifests, await cleanOrderItems(run, changesIn('order_items'), { orders, products }));
		for (const dataset of selfDated) {
			if (changes[dataset]) Object.assign(manifests, await cleanSelfDated(run, dataset, changesIn(dataset)));
		}
		return manifests;
	});
	checkAccounts(await listAccounts(ledger, async (name) => manifests[name] ?? snapshot.table(name)));
	return manifests;
}

/** Begins to read the manifests that a change of a dataset needs. Where one is damaged, its reader is told. */
function readAhead(snapshot: Snapshot, dataset: DatasetName): void {
	const names = [silver(dataset).name, recordsTable(dataset)];
	if (dataset === 'orders') names.push(keysTable('orders'));
	if (dataset === 'order_items') names.push(orphansTable('order_items'));
	for (const name of names) void snapshot.table(name).catch(() => undefined);
}

const parallelReads = 8;

async function readBatchChanges(
	engine: Engine,
	dataset: DatasetName,
	ledger: Ledger,
	change: Changes[DatasetName] = { added: [], removed: [] },
	readBatch: ReadBatch,
): Promise<BatchChanges> {
	// Only the winning products are stored, so removing a batch means reading all batches again.
	const all = dataset === 'products' && change.removed.length > 0;
	const wanted = sortByArrival(ledger, dataset)
		.map(({ batch, version }, rank) => ({ batch, version, rank }))
		.filter(({ batch }) => all || change.added.includes(batch));
	const batches: RankedBatch[] = await mapConcurrently(wanted, parallelReads, async ({ batch, version, rank }) => ({
		rank,
		manifest: await readBatch(dataset, batch, version.attempt),
	}));
	return {
		added: engine.fetchBatches(datasets[dataset], batches),
		removed: new Set(change.removed),
		ranks: await createRanks(engine, ledger, dataset),
	};
}

/** Silver's partitions that have another version than before, as `table/partition`. */
export async function changedPartitions(snapshot: Snapshot, manifests: Manifests): Promise<string[]> {
	const changed: string[] = [];
	for (const name of datasetNames.map((dataset) => `silver_${dataset}`)) {
		const now = manifests[name]?.partitions;
		if (!now) continue;
		const before = (await snapshot.table(name)).partitions;
		for (const partition of new Set([...Object.keys(before), ...Object.keys(now)])) {
			if (before[partition]?.version !== now[partition]?.version) changed.push(`${name}/${partition}`);
		}
	}
	return changed.sort();
}
