import { datasets, silverTable } from '../../contracts';
import { type Snapshot, type TableManifest, whole } from '../../lake';

/** Silver in one state of the lake: what all of Gold is computed from. */
export interface GoldSources {
	readonly silver_orders: TableManifest;
	readonly silver_order_items: TableManifest;
	readonly silver_products: TableManifest;
	readonly silver_events: TableManifest;
	readonly silver_gadget_sales: TableManifest;
	/** Of the catalogue's (product_id, name, category) rows: prices and stock don't change it. */
	readonly catalogueFingerprint: string;
}

/** The Silver tables by their names in Gold's SQL. */
export const silverTables = {
	orders: silverTable(datasets.orders),
	order_items: silverTable(datasets.order_items),
	products: silverTable(datasets.products),
	events: silverTable(datasets.events),
	gadget_sales: silverTable(datasets.gadget_sales),
} as const;

/** The fingerprint of a catalogue without products. */
export const emptyCatalogue = 'none';

export async function readGoldSources(snapshot: Snapshot): Promise<GoldSources> {
	const [orders, orderItems, products, events, gadgetSales] = await Promise.all([
		snapshot.table(silverTables.orders.name),
		snapshot.table(silverTables.order_items.name),
		snapshot.table(silverTables.products.name),
		snapshot.table(silverTables.events.name),
		snapshot.table(silverTables.gadget_sales.name),
	]);
	const catalogue = products.partitions[whole];
	return {
		silver_orders: orders,
		silver_order_items: orderItems,
		silver_products: products,
		silver_events: events,
		silver_gadget_sales: gadgetSales,
		catalogueFingerprint: String(catalogue?.facts?.names ?? catalogue?.version ?? emptyCatalogue),
	};
}
