import { type DatasetName, gadgetSalesView, liveOrders, type Table } from '../contracts';
import { batchFolder, type Lake, type Ledger, orphansTable, type Snapshot, type TableManifest } from '../lake';
import { mapConcurrently } from '../platform/concurrency';
import { tableColumns } from './lake-tables';

/** A table that `query` reads. What a head doesn't say without reading rows is null. */
export interface ListedTable {
	readonly name: string;
	readonly rows: number | null;
	/** Null for a table without partitions. */
	readonly partitions: number | null;
	/** The newest date among its partitions, or among its batches. */
	readonly newest: string | null;
	readonly bytes: number | null;
	readonly description: string;
}

const parallelReads = 8;

/** The tables that account for the lake's records; they are views of DuckDB only. */
const lakeDescriptions: Readonly<Record<string, string>> = {
	lake_batches: 'What became of the records of each batch: one row per dataset and batch.',
	lake_arrivals: 'How many records of each batch have which date, without rejected ones.',
	lake_rejections: 'How many records of each batch break which rule.',
	lake_orphans: 'Order items that wait for their order or product.',
	lake_quarantine: 'Rejected records of admitted batches, with the rule that each broke.',
	lake_refused: 'Rejected records of batches that were refused as a whole.',
	lake_unused: 'Rows of exports that no record comes from.',
};

type Facts = Omit<ListedTable, 'name' | 'description'>;
const unknown: Facts = { rows: null, partitions: null, newest: null, bytes: null };

/**
 * Every table that `query` reads in one state of the lake: Silver, Gold with the tables of a project (`own`), Bronze, the
 * accounts, the live tables.
 */
export async function listTables(lake: Lake, snapshot: Snapshot, own: readonly Table[]): Promise<ListedTable[]> {
	const ledger = await snapshot.ledger();
	const { names: datasetNames, tables } = lake.contracts;
	const all = [...tables, ...own];
	const descriptions = new Map<string, string>([
		...all.map(({ name, description }) => [name, description] as const),
		...[liveOrders, gadgetSalesView].map(({ name, description }) => [name, description] as const),
		...datasetNames.map(
			(dataset) => [`bronze_${dataset}`, `Records of \`${dataset}\` that passed, as ingested.`] as const,
		),
		...Object.entries(lakeDescriptions),
	]);
	const names = [...own.map(({ name }) => name), ...tableColumns(lake.contracts).keys()];
	return mapConcurrently(names, parallelReads, async (name) => ({
		name,
		...(await readFacts(name, { lake, snapshot, ledger, tables: all })),
		description: descriptions.get(name) ?? '',
	}));
}

async function readFacts(
	name: string,
	{
		lake,
		snapshot,
		ledger,
		tables,
	}: {
		readonly lake: Lake;
		readonly snapshot: Snapshot;
		readonly ledger: Ledger;
		readonly tables: readonly Table[];
	},
): Promise<Facts> {
	const table = tables.find((known) => known.name === name);
	if (table) return tableFacts(await snapshot.table(name), table.partition !== null);
	const dataset = lake.contracts.names.find((known) => name === `bronze_${known}`);
	if (dataset) return bronzeFacts(lake, ledger, dataset);
	const admitted = Object.values(ledger.admitted).flatMap((batches) => Object.values(batches));
	if (name === 'lake_batches') return { ...unknown, rows: admitted.length };
	if (name === 'lake_quarantine') return { ...unknown, rows: sum(admitted.map(({ rejected }) => rejected)) };
	if (name === 'lake_orphans') return tableFacts(await snapshot.table(orphansTable('order_items')), true);
	return unknown;
}

function tableFacts({ partitions }: TableManifest, isPartitioned: boolean): Facts {
	const entries = Object.values(partitions);
	return {
		rows: sum(entries.map(({ rows }) => rows)),
		partitions: isPartitioned ? entries.length : null,
		newest: isPartitioned ? newestDate(Object.keys(partitions)) : null,
		bytes: sum(entries.flatMap(({ files }) => files.map(({ bytes }) => bytes))),
	};
}

/** The ledger has no sizes, so they come from a listing of the batches' folders. */
async function bronzeFacts({ store }: Lake, ledger: Ledger, dataset: DatasetName): Promise<Facts> {
	const batches = Object.entries(ledger.ingested[dataset] ?? {});
	const folders = new Set(batches.map(([batch, { attempt }]) => batchFolder('bronze', { dataset, batch, attempt })));
	let bytes = 0;
	if (folders.size > 0) {
		for await (const object of store.list(`bronze/${dataset}/`)) {
			if (folders.has(object.key.slice(0, object.key.lastIndexOf('/') + 1))) bytes += object.bytes;
		}
	}
	return {
		rows: sum(batches.map(([, { received, rejected }]) => received - rejected)),
		partitions: batches.length,
		newest: newestDate(batches.map(([batch]) => batch)),
		bytes,
	};
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const newestDate = (keys: readonly string[]): string | null =>
	keys
		.filter((key) => /^\d{4}-\d\d-\d\d$/.test(key))
		.sort()
		.at(-1) ?? null;
