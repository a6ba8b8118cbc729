import type { Contracts, Dataset, DatasetName } from '../../contracts';
import type { Engine, RankedBatch } from '../../engine';
import {
	type BatchManifest,
	checkAccounts,
	checkOwnFields,
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
import { listSelfDated, silver } from './tables';

/** The batches that a run changes, by dataset: `removed` names former versions, `added` new ones. */
export type Changes = Readonly<Partial<Record<DatasetName, { added: readonly string[]; removed: readonly string[] }>>>;

/** Reads the manifest of a version of a batch. */
export type ReadBatch = (dataset: string, batch: string, attempt: string) => Promise<BatchManifest>;

/**
 * Applies changes of admitted batches to Silver, the version histories and the orphans of a snapshot.
 * `ledger` is the ledger after the changes. Returns the new manifests; nothing is visible yet. Throws InternalError where
 * the accounts of the batches do not add up, and ConfigurationError where batches have columns that the contracts lack.
 */
export async function applyChanges(
	engine: Engine,
	snapshot: Snapshot,
	ledger: Ledger,
	changes: Changes,
	{
		readBatch,
		attempt,
		contracts,
	}: { readonly readBatch: ReadBatch; readonly attempt: string; readonly contracts: Contracts },
): Promise<Manifests> {
	checkOwnFields(contracts, ledger);
	const manifests = await scoped({ engine, snapshot, contracts, attempt }, async (run) => {
		const datasets = Object.values(contracts.datasets);
		for (const dataset of datasets) if (changes[dataset.name]) readAhead(snapshot, dataset);
		// All downloads from Bronze start before the first dataset is computed.
		const read = await mapConcurrently(datasets, datasets.length, async (dataset) => {
			const { name } = dataset;
			return [name, await readBatchChanges(run.engine, dataset, ledger, changes[name], readBatch)] as const;
		});
		const changed = new Map(read);
		const changesIn = (dataset: DatasetName) => changed.get(dataset) as BatchChanges;

		const manifests: Manifests = {};
		if (changes.products) Object.assign(manifests, await cleanProducts(run, changesIn('products')));
		const products = await compareProducts(run, manifests[silver(contracts.datasets.products).name]);

		let orders: OrdersAfter = {
			manifest: await snapshot.table(silver(contracts.datasets.orders).name),
			dates: [],
			moved: undefined,
		};
		if (changes.orders) {
			const cleaned = await cleanOrders(run, changesIn('orders'));
			Object.assign(manifests, cleaned.manifests);
			orders = cleaned.orders;
		}
		// Even without new items: existing ones may move with their orders, or find their products.
		Object.assign(manifests, await cleanOrderItems(run, changesIn('order_items'), { orders, products }));
		for (const dataset of listSelfDated(contracts)) {
			const { name } = dataset;
			if (changes[name]) Object.assign(manifests, await cleanSelfDated(run, dataset, changesIn(name)));
		}
		return manifests;
	});
	const table = async (name: string) => manifests[name] ?? snapshot.table(name);
	checkAccounts(await listAccounts(ledger, table, { datasets: contracts.names }));
	return manifests;
}

/** Begins to read the manifests that a change of a dataset needs. Where one is damaged, its reader is told. */
function readAhead(snapshot: Snapshot, dataset: Dataset): void {
	const names = [silver(dataset).name, recordsTable(dataset.name)];
	if (dataset.name === 'orders') names.push(keysTable('orders'));
	if (dataset.name === 'order_items') names.push(orphansTable('order_items'));
	for (const name of names) void snapshot.table(name).catch(() => undefined);
}

const parallelReads = 8;

async function readBatchChanges(
	engine: Engine,
	dataset: Dataset,
	ledger: Ledger,
	change: Changes[DatasetName] = { added: [], removed: [] },
	readBatch: ReadBatch,
): Promise<BatchChanges> {
	// Only the winning products are stored, so removing a batch means reading all batches again.
	const { name } = dataset;
	const all = name === 'products' && change.removed.length > 0;
	const wanted = sortByArrival(ledger, name)
		.map(({ batch, version }, rank) => ({ batch, version, rank }))
		.filter(({ batch }) => all || change.added.includes(batch));
	const batches: RankedBatch[] = await mapConcurrently(wanted, parallelReads, async ({ batch, version, rank }) => ({
		rank,
		manifest: await readBatch(name, batch, version.attempt),
	}));
	return {
		added: engine.fetchBatches(dataset, batches),
		removed: new Set(change.removed),
		ranks: await createRanks(engine, ledger, name),
	};
}

/** Silver's partitions that have another version than before, as `table/partition`. */
export async function changedPartitions(snapshot: Snapshot, manifests: Manifests): Promise<string[]> {
	const changed: string[] = [];
	for (const [name, { partitions: now }] of Object.entries(manifests)) {
		if (!name.startsWith('silver_')) continue;
		const before = (await snapshot.table(name)).partitions;
		for (const partition of new Set([...Object.keys(before), ...Object.keys(now)])) {
			if (before[partition]?.version !== now[partition]?.version) changed.push(`${name}/${partition}`);
		}
	}
	return changed.sort();
}
