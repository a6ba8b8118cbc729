import { type DatasetName, datasetNames } from '../../contracts';
import { type BatchManifest, checkAccounts, type Ledger, listAccounts, type Snapshot } from '../../lake';
import type { Workbench } from '../../lake/partitions';
import { mapConcurrently } from '../../platform/concurrency';
import { type Arrival, fetchArrivals } from './arrivals';
import { createRanks, type Delta, inOrderOfArrival } from './delta';
import { cleanOrderItems } from './order-items';
import { cleanOrders, noOrdersChange, type WrittenOrders } from './orders';
import { cleanProducts, noProductsChange } from './products';
import { cleanSelfDated } from './self-dated';
import { selfDated } from './tables';
import type { Manifests } from './write-dataset';

/** The batches that a run changes, by dataset: those whose former version goes, those whose new version comes. */
export type Changes = Readonly<Partial<Record<DatasetName, { added: readonly string[]; removed: readonly string[] }>>>;

/** Reads the manifest of a version of a batch. */
export type ReadBatch = (dataset: string, batch: string, attempt: string) => Promise<BatchManifest>;

/**
 * Works changes of admitted batches into Silver, the record sets and the orphans of a snapshot.
 * `ledger` is the ledger as it will be. Returns the new manifests; nothing is visible yet. Throws InternalError where
 * the accounts of the batches do not add up.
 */
export async function applyChanges(
	bench: Workbench,
	snapshot: Snapshot,
	ledger: Ledger,
	changes: Changes,
	options: { readBatch: ReadBatch; attempt: string },
): Promise<Manifests> {
	const { attempt } = options;
	// All of Bronze begins to come while the first dataset is worked on.
	const deltas = new Map<DatasetName, Delta>();
	for (const dataset of datasetNames) {
		const change = changes[dataset];
		if (change) deltas.set(dataset, await readBatchChanges(bench, dataset, ledger, change, options.readBatch));
	}
	const take = async (dataset: DatasetName) => {
		await createRanks(bench, ledger, dataset);
		return deltas.get(dataset);
	};
	const manifests: Manifests = {};

	const products = await take('products');
	if (!products) await noProductsChange(bench, snapshot);
	else Object.assign(manifests, await cleanProducts(bench, snapshot, products, attempt));

	const changedOrders = await take('orders');
	let orders: WrittenOrders;
	if (!changedOrders) orders = await noOrdersChange(bench, snapshot);
	else {
		const written = await cleanOrders(bench, snapshot, changedOrders, attempt);
		Object.assign(manifests, written.manifests);
		orders = written.orders;
	}
	const lines = (await take('order_items')) ?? { added: fetchArrivals(bench, 'order_items', []), removed: new Set() };
	Object.assign(manifests, await cleanOrderItems(bench, snapshot, lines, orders, attempt));

	for (const dataset of selfDated) {
		const one = await take(dataset);
		if (one) Object.assign(manifests, await cleanSelfDated(bench, snapshot, dataset, one, attempt));
	}

	checkAccounts(await listAccounts(ledger, async (name) => manifests[name] ?? snapshot.table(name)));
	return manifests;
}

const parallelReads = 8;

async function readBatchChanges(
	bench: Workbench,
	dataset: DatasetName,
	ledger: Ledger,
	change: NonNullable<Changes[DatasetName]>,
	readBatch: ReadBatch,
): Promise<Delta> {
	// Of products only the winners are kept: taking a batch out means looking at all of them again.
	const all = dataset === 'products' && change.removed.length > 0;
	const wanted = inOrderOfArrival(ledger, dataset)
		.map(({ batch, version }, rank) => ({ batch, version, rank }))
		.filter(({ batch }) => all || change.added.includes(batch));
	const batches: Arrival[] = await mapConcurrently(wanted, parallelReads, async ({ batch, version, rank }) => ({
		rank,
		manifest: await readBatch(dataset, batch, version.attempt),
	}));
	return { added: fetchArrivals(bench, dataset, batches), removed: new Set(change.removed) };
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
