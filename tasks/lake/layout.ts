import {
	type Contracts,
	type DatasetName,
	productContracts,
	type StreamName,
	silverTable,
	streamNames,
	streams,
} from '../contracts';

/** The tag of a delivered object whose records are in Bronze. The bucket's rules delete only objects that have it. */
export const sealedTag = { key: 'shoplake-sealed', value: 'true' } as const;

/** The top-level prefixes of the lake's bucket, except for those of tables: they are named after their layer. */
const ownPrefixes = {
	/** What others leave for the lake. */
	landing: 'landing/',
	incoming: 'incoming/',
	processed: 'processed/',
	rejected: 'rejected/',
	processingFailed: 'processing-failed/',
	/** Batches, one folder each; the records that passed, and those that did not. */
	bronze: 'bronze/',
	quarantine: 'quarantine/',
	/** Rejected records of batches that were refused whole. No head names them; `vacuum` deletes them by age. */
	refused: 'refused/',
	/** Pages for the shop's owner. `vacuum` keeps them. */
	reports: 'reports/',
	/** Which persons were forgotten and when, by a digest of their ids. */
	erasures: 'erasures/',
	/** What each task has used of AWS: a record a process. */
	costs: 'costs/',
	/** The log of the lake: its states, where to look first, and what these states consist of. */
	heads: '_heads/',
	hints: '_hints/',
	manifests: '_manifests/',
	/** Iceberg's metadata of the tables that others read; the files of these tables lie in their layers. */
	iceberg: 'iceberg/',
	/** What a run on Athena makes for itself. No head names it; `vacuum` deletes it by age. */
	scratch: '_scratch/',
} as const;

const layers = ['silver', 'records', 'keys', 'orphans', 'gold', 'internal', 'serving'] as const;
type Layer = (typeof layers)[number];

/** Every top-level prefix of the bucket. */
export const prefixes = {
	...ownPrefixes,
	...(Object.fromEntries(layers.map((layer) => [layer, `${layer}/`])) as { readonly [L in Layer]: `${L}/` }),
};
export type LakePrefix = (typeof prefixes)[keyof typeof prefixes];

/** A command that writes files of tables, as it is typed. */
export type TableWriter = 'clean' | 'aggregate' | 'stream seal';

/** A table that heads name. */
export interface LakeTable {
	/** `<layer>_<name>`. */
	readonly name: string;
	/** Where its files lie. */
	readonly folder: string;
	/** Who writes its files; undefined if it has none of its own. */
	readonly writtenBy?: TableWriter;
}

/** The parts of the lake. Everything that works on all of them takes this, so that none is left out. */
export interface LakeLayout {
	/** Their batches are in Bronze and quarantine, the outcomes of their records in the table `records_<dataset>`. */
	readonly datasets: readonly DatasetName[];
	/** Where Firehose delivers: beside the batches in Bronze; the lake deletes nothing there. */
	readonly deliveries: readonly string[];
	readonly tables: readonly LakeTable[];
}

/** The folder of a table's files: that of `gold_daily_sales` is `gold/daily_sales/`. */
export function tableFolder(table: string): string {
	const [layer, ...name] = table.split('_');
	return `${layer}/${name.join('_')}/`;
}

/** The version history of a dataset; its partitions hold the outcomes of the dataset's records. */
export const recordsTable = <D extends string>(dataset: D) => `records_${dataset}` as const;
/** The table of a dataset's records that wait for another one. */
export const orphansTable = <D extends string>(dataset: D) => `orphans_${dataset}` as const;
/** The index of the dates that the keys of a dataset have had. */
export const keysTable = <D extends string>(dataset: D) => `keys_${dataset}` as const;
/** Which objects of a stream are sealed: a partition a date of their prefixes, with a file of their names. */
export const sealedTable = (stream: StreamName): string => `internal_sealed_${stream}`;
/** What `load-kpis` has loaded into DynamoDB; its files are those of the Gold tables that it loads. */
export const servingTable = 'serving_kpis';
/** The spikes and drops that alerts were sent for. */
export const liveAlarmsTable = 'internal_live_alarms';
/** What `aggregate` keeps for itself. */
export const goldInternals = {
	productNames: 'internal_product_names',
	firstSales: 'internal_category_first_sale',
	firstLiveSales: 'internal_product_first_live_sale',
	emptyPartitions: 'internal_empty_partitions',
} as const;

/** Declares a table by its name. */
export const lakeTable = (name: string, writtenBy?: TableWriter): LakeTable => ({
	name,
	folder: tableFolder(name),
	...(writtenBy && { writtenBy }),
});

/** The lake that some contracts describe. */
export const composeLayout = ({ names, datasets, tables }: Contracts): LakeLayout => ({
	datasets: names,
	deliveries: Object.values(streams).map(({ prefix }) => prefix),
	tables: [
		...Object.values(datasets).map((dataset) => lakeTable(silverTable(dataset).name, 'clean')),
		...names.map((dataset) => lakeTable(recordsTable(dataset), 'clean')),
		lakeTable(keysTable('orders'), 'clean'),
		lakeTable(orphansTable('order_items'), 'clean'),
		...tables.filter(({ layer }) => layer === 'gold').map(({ name }) => lakeTable(name, 'aggregate')),
		...Object.values(goldInternals).map((name) => lakeTable(name, 'aggregate')),
		...streamNames.map((stream) => lakeTable(sealedTable(stream), 'stream seal')),
		lakeTable(liveAlarmsTable),
		{ name: servingTable, folder: prefixes.gold },
	],
});

/** The lake as the product has it. */
export const lakeLayout: LakeLayout = composeLayout(productContracts);

/** Whether a table records what a load has written to DynamoDB: its files are those of Gold. */
export const isServing = (name: string): boolean => name.startsWith('serving_');

const layerPrefix = (table: string): LakePrefix => `${table.split('_')[0]}/` as LakePrefix;
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** The prefixes of the files that manifests name. */
export const listFilePrefixes = ({ tables }: LakeLayout = lakeLayout): LakePrefix[] =>
	unique([prefixes.bronze, prefixes.quarantine, ...tables.map(({ name }) => layerPrefix(name))]);

const filePrefixes = listFilePrefixes();

/**
 * Whether a key can be that of a file of the lake (under one of `within`), and is safe as a path below the folder that the
 * file is copied to.
 */
export const isFileKey = (key: string, within: readonly string[] = filePrefixes): boolean =>
	within.some((prefix) => key.startsWith(prefix)) &&
	!/\p{Cc}/u.test(key) &&
	key.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');

/** The top-level prefixes of the bucket. */
export const listPrefixes = (layout: LakeLayout = lakeLayout): LakePrefix[] =>
	unique([...Object.values(ownPrefixes), ...listFilePrefixes(layout)]);

/** The prefixes of the tables whose files a command writes. */
export const listPrefixesWrittenBy = (writer: TableWriter, { tables }: LakeLayout = lakeLayout): LakePrefix[] =>
	unique(tables.filter(({ writtenBy }) => writtenBy === writer).map(({ name }) => layerPrefix(name)));

/**
 * Where `vacuum` looks for files that no head names. Other objects belong to their owners: those in the landing zone, and
 * those that streams deliver beside the batches in Bronze.
 */
export const listVacuumedPrefixes = (layout: LakeLayout = lakeLayout): string[] => [
	...layout.datasets.map((dataset) => `${prefixes.bronze}${dataset}/batch=`),
	...listFilePrefixes(layout).filter((prefix) => prefix !== prefixes.bronze),
	prefixes.manifests,
	prefixes.iceberg,
	prefixes.refused,
	prefixes.scratch,
];

/** The top-level prefixes that `vacuum` deletes files under. */
export const listVacuumedTopPrefixes = (layout: LakeLayout = lakeLayout): LakePrefix[] =>
	listPrefixes(layout).filter((top) => listVacuumedPrefixes(layout).some((prefix) => prefix.startsWith(top)));

/** Whether a table is in one of the lake's layers, by its name: `rebuild` recomputes those from Bronze. */
export const isLakeTable = (name: string, layout: LakeLayout = lakeLayout): boolean =>
	name.includes('_') && layout.tables.some((table) => layerPrefix(table.name) === layerPrefix(name));

/** Whether a table is in a layer that a command writes, by its name: also one that only earlier versions wrote. */
export const isWrittenBy = (writer: TableWriter, name: string, layout: LakeLayout = lakeLayout): boolean =>
	listPrefixesWrittenBy(writer, layout).includes(layerPrefix(name));

/** The folder of the files that a table's manifest names. */
export const findFolder = (name: string, { tables }: LakeLayout = lakeLayout): string =>
	tables.find((table) => table.name === name)?.folder ?? (isServing(name) ? prefixes.gold : tableFolder(name));

/** Where a sender leaves the files of a batch: `landing/<dataset>/batch=<batch>/`. */
export const landingFolder = (dataset: string, batch: string): string =>
	`${prefixes.landing}${dataset}/batch=${batch}/`;

/** Where a sender leaves the files of a batch that belong to no dataset: `landing/batch=<batch>/`. */
export const exportFolder = (batch: string): string => `${prefixes.landing}batch=${batch}/`;

/** The folder of one version of a batch in Bronze or quarantine. */
export const batchFolder = (
	layer: 'bronze' | 'quarantine',
	{ dataset, batch, attempt }: { readonly dataset: string; readonly batch: string; readonly attempt: string },
): string => `${prefixes[layer]}${dataset}/batch=${batch}/v=${attempt}/`;

/** The folder of the manifests of batches. */
export const batchManifests = `${prefixes.manifests}batches/`;
export const batchManifestKey = (dataset: string, batch: string, attempt: string): string =>
	`${batchManifests}${dataset}/${encodeURIComponent(batch)}/${attempt}.json`;
/** `version` is the attempt and the number of the head that names it. */
export const tableManifestKey = (table: string, version: string): string =>
	`${prefixes.manifests}tables/${table}/${version}.json`;
export const ledgerKey = (version: string): string => `${prefixes.manifests}ledger/${version}.json`;

/** Where `mirrorFolder`s lie. */
export const mirrorRoot = 'current/';

/**
 * A copy of the current version of every partition in plain Hive folders, `current/<table>/<column>=<value>/`: for
 * engines that read what lies under a table's location and know nothing of registered partitions, as MiniStack's
 * Athena does. Where none is kept the folder is empty, and AWS never looks into it.
 */
export const mirrorFolder = (table: string): string => `${mirrorRoot}${table}/`;

/**
 * The key of the file that an object of the mirror is a copy of: `current/gold_daily_sales/order_date=2026-11-20/1f-part-0.parquet`
 * is `gold/daily_sales/order_date=2026-11-20/v=1f/part-0.parquet`. Undefined for any other key.
 */
export function mirroredKey(copy: string): string | undefined {
	const [, table, partition, version, name] = /^current\/([^/]+)\/([^/]+)\/(.+)-(part-[^/]*)$/.exec(copy) ?? [];
	return table === undefined ? undefined : `${tableFolder(table)}${partition}/v=${version}/${name}`;
}
