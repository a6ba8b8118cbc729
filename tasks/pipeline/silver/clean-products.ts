import missingProducts from '../../../sql/silver/missing-products.sql';
import productBatchesSql from '../../../sql/silver/product-batches.sql';
import productOutcomes from '../../../sql/silver/product-outcomes.sql';
import productWinners from '../../../sql/silver/product-winners.sql';
import storedProducts from '../../../sql/silver/stored-products.sql';
import { countRows, fingerprintRows, type Relation } from '../../engine';
import { type OutcomeCounts, type PartitionEntry, type TableManifest, whole } from '../../lake';
import { lookUp } from '../../platform/look-up';
import type { BatchChanges } from './batch-changes';
import { readRecords } from './read-records';
import { replacePartitions } from './replace-partitions';
import { type Manifests, type SilverRun, scoped } from './silver-run';
import { contentColumns, contentSql, productBatches, silver } from './tables';

/** The products as a run leaves them: `product_id` each. */
export interface ProductsAfter {
	readonly known: Relation;
	/** Products that this run added; undefined where there are none. */
	readonly appeared: Relation | undefined;
	/** Products that this run removed; undefined where there are none. */
	readonly vanished: Relation | undefined;
}

/**
 * Updates the catalogue to the last arrival of each product. Only the winners and their batches are stored, so where a
 * batch is removed, `added` has to be every admitted batch, read again from Bronze.
 */
export const cleanProducts = (parent: SilverRun, changes: BatchChanges): Promise<Manifests> =>
	scoped(parent, async (run) => {
		const { engine, snapshot, attempt } = run;
		const { products } = run.contracts.datasets;
		const [current, batches] = await Promise.all([
			snapshot.table(silver(products).name),
			snapshot.table(productBatches.name),
		]);
		const { ranks } = changes;
		const candidates = await productCandidates(run, changes, { current, batches });
		const columns = contentSql(products).join(', ');
		const winners = await engine.keep(productWinners, { inputs: { candidates }, slots: { columns } });
		const counts = await engine.rows(productOutcomes, { inputs: { candidates, winners, ranks } });
		const former = changes.removed.size > 0 ? {} : (batches.partitions[whole]?.labels ?? {});
		const labels: Record<string, OutcomeCounts> = { ...former };
		for (const { batch, candidates, kept } of counts) {
			const superseded = (lookUp(former, String(batch))?.superseded ?? 0) + Number(candidates) - Number(kept);
			labels[String(batch)] = { kept: Number(kept), superseded, duplicates: 0, orphans: 0 };
		}
		const names = await fingerprintRows(engine, winners, ['product_id', 'name', 'category']);
		const write = async (
			manifest: TableManifest,
			table: typeof productBatches,
			rows: Relation,
			decorate: (entry: PartitionEntry) => PartitionEntry,
		) => {
			const written = await engine.write(table, rows, { partitions: [whole], attempt, keep: true });
			return replacePartitions(manifest, [whole], written, (_, entry) => decorate(entry));
		};
		const winnerBatches = await engine.define(productBatchesSql, { inputs: { winners, ranks } });
		return {
			[silver(products).name]: await write(current, silver(products), winners, (entry) => ({
				...entry,
				facts: { names },
			})),
			[productBatches.name]: await write(batches, productBatches, winnerBatches, (entry) => ({ ...entry, labels })),
		};
	});

/** New records, and the current products unless a batch is removed. */
async function productCandidates(
	{ engine, contracts }: SilverRun,
	{ added, removed, ranks }: BatchChanges,
	{ current, batches }: { readonly current: TableManifest; readonly batches: TableManifest },
): Promise<Relation> {
	const { products } = contracts.datasets;
	const candidates = await engine.spill([
		...contentColumns(products),
		{ name: 'rank', type: 'int' },
		{ name: 'position', type: 'bigint' },
	]);
	if (removed.size === 0) {
		const columns = contentSql(products).map((name) => `products.${name}`);
		await candidates.add(
			await engine.define(storedProducts, {
				inputs: {
					products: await engine.attach(silver(products), current),
					product_batches: await engine.attach(productBatches, batches),
					ranks,
				},
				slots: { columns: columns.join(', ') },
			}),
		);
	}
	const records = await readRecords(engine, added);
	if (records) await candidates.add(records);
	return candidates;
}

/** Which products Silver has after a run, and how they differ from before; `manifest` is of Silver's table. */
export async function compareProducts(
	{ engine, snapshot, contracts }: SilverRun,
	manifest: TableManifest | undefined,
): Promise<ProductsAfter> {
	const table = silver(contracts.datasets.products);
	const before = await snapshot.table(table.name);
	const known = await engine.attach(table, manifest ?? before);
	if (!manifest) return { known, appeared: undefined, vanished: undefined };
	const former = await engine.attach(table, before);
	const missing = async (products: Relation, other_products: Relation): Promise<Relation | undefined> => {
		const found = await engine.keep(missingProducts, { inputs: { products, other_products } });
		return (await countRows(engine, found)) > 0 ? found : undefined;
	};
	return { known, appeared: await missing(known, former), vanished: await missing(former, known) };
}
