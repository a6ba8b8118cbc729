import { type Contracts, datasets, type ProductDataset, silverTable, type Table } from '../../contracts';
import type { Engine, Relation } from '../../engine';
import { type Snapshot, type TableManifest, whole } from '../../lake';
import type { FileTable } from '../../lake/partitions';
import { InternalError } from '../../platform/errors';

/** The product's Silver tables by their names in Gold's SQL. */
export const silverTables = {
	orders: silverTable(datasets.orders),
	order_items: silverTable(datasets.order_items),
	products: silverTable(datasets.products),
	events: silverTable(datasets.events),
	gadget_sales: silverTable(datasets.gadget_sales),
} as const;

/** The name of a Silver table in Gold's SQL: that of its dataset. */
export type SilverName = string;

/** Of some names those of the product's Silver tables, in their order, then all others: a project's. */
export function sortSilver(names: readonly SilverName[]): SilverName[] {
	const product = Object.keys(silverTables);
	return [...product.filter((name) => names.includes(name)), ...names.filter((name) => !product.includes(name))];
}

/** Silver in one state of the lake: what all of Gold is computed from. */
export type GoldSources = Readonly<Record<`silver_${ProductDataset}`, TableManifest>> & {
	/** Of the rows of `catalogue`: prices and stock don't change it. */
	readonly catalogueFingerprint: string;
	/** Every Silver table by its name in SQL, a project's too. */
	readonly silver: ReadonlyMap<SilverName, { readonly table: Table; readonly manifest: TableManifest }>;
};

/** The products as tables of dates read them: a date is stale when one of these columns changes, and only then. */
export const catalogue: FileTable = {
	...silverTables.products,
	columns: silverTables.products.columns.filter(({ name }) => ['product_id', 'name', 'category'].includes(name)),
};

/** The fingerprint of a catalogue without products. */
export const emptyCatalogue = 'none';

export async function readGoldSources(snapshot: Snapshot, { datasets }: Contracts): Promise<GoldSources> {
	const read = await Promise.all(
		Object.entries(datasets).map(async ([name, dataset]) => {
			const table = silverTable(dataset);
			return [name, { table, manifest: await snapshot.table(table.name) }] as const;
		}),
	);
	const tables = Object.fromEntries(read.map(([name, { manifest }]) => [`silver_${name}`, manifest])) as Record<
		`silver_${ProductDataset}`,
		TableManifest
	>;
	const products = tables.silver_products.partitions[whole];
	return {
		...tables,
		silver: new Map(read),
		catalogueFingerprint: String(products?.facts?.names ?? products?.version ?? emptyCatalogue),
	};
}

/** The partitions of a Silver table by its name in SQL. */
export const silverPartitions = ({ silver }: GoldSources, name: SilverName): TableManifest['partitions'] =>
	silver.get(name)?.manifest.partitions ?? {};

/** A Silver table as Gold's statements read it: of the products only `catalogue`; all partitions, or some. */
export function attachSilver(
	engine: Engine,
	{ silver }: GoldSources,
	name: SilverName,
	partitions?: readonly string[],
): Promise<Relation> {
	const source = silver.get(name);
	if (!source) throw new InternalError(`Silver has no table ${name}.`);
	return engine.attach(name === 'products' ? catalogue : source.table, source.manifest, partitions);
}
