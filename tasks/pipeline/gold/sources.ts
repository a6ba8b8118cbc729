import { datasets, silverTable } from '../../contracts';
import { type Snapshot, type TableManifest, whole } from '../../lake';
import type { FileTable } from '../../lake/partitions';

/** The Silver tables by their names in Gold's SQL. */
export const silverTables = {
	orders: silverTable(datasets.orders),
	order_items: silverTable(datasets.order_items),
	products: silverTable(datasets.products),
	events: silverTable(datasets.events),
	gadget_sales: silverTable(datasets.gadget_sales),
} as const;

export type SilverName = keyof typeof silverTables;
export const silverNames = Object.keys(silverTables) as SilverName[];

/** Silver in one state of the lake: what all of Gold is computed from. */
export type GoldSources = Readonly<Record<`silver_${SilverName}`, TableManifest>> & {
	/** Of the rows of `catalogue`: prices and stock don't change it. */
	readonly catalogueFingerprint: string;
};

/** The products as tables of dates read them: a date is stale when one of these columns changes, and only then. */
export const catalogue: FileTable = {
	...silverTables.products,
	columns: silverTables.products.columns.filter(({ name }) => ['product_id', 'name', 'category'].includes(name)),
};

/** The fingerprint of a catalogue without products. */
export const emptyCatalogue = 'none';

export async function readGoldSources(snapshot: Snapshot): Promise<GoldSources> {
	const manifests = await Promise.all(
		silverNames.map(async (name) => [`silver_${name}`, await snapshot.table(silverTables[name].name)] as const),
	);
	const tables = Object.fromEntries(manifests) as Record<`silver_${SilverName}`, TableManifest>;
	const products = tables.silver_products.partitions[whole];
	return {
		...tables,
		catalogueFingerprint: String(products?.facts?.names ?? products?.version ?? emptyCatalogue),
	};
}
