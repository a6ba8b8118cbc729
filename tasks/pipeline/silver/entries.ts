import { type Dataset, datasets } from '../../contracts';
import { homeless, type Snapshot } from '../../lake';
import { attach, type Workbench } from '../../lake/partitions';
import { Spool } from '../../lake/spool';
import { identifier, literal, literals } from '../../platform/duckdb/quote';
import { type Arrivals, arrivalRows } from './arrivals';
import { contentColumns, type DatedDataset, recordSet, type SelfDated, silver } from './tables';

/** SQL of the home of a record: an expression, and what has to be joined for it. */
export interface Home {
	readonly date: string;
	readonly from: string;
}

/**
 * The records of a dataset that a run works on, as a view of this name: content columns, `rank`, `position`, `copies`,
 * `home` (null where it is not known), `key_hash`; of lines also `is_known`: whether Silver has the product.
 */
export async function createEntries(bench: Workbench, dataset: DatedDataset, name = 'entries'): Promise<Spool> {
	return Spool.create(bench, name, [
		...contentColumns(dataset),
		{ name: 'rank', type: 'int' },
		{ name: 'position', type: 'bigint' },
		{ name: 'copies', type: 'int' },
		{ name: 'home', type: 'date' },
		{ name: 'key_hash', type: 'ubigint' },
		...(dataset === 'order_items' ? [{ name: 'is_known', type: 'boolean' } as const] : []),
	]);
}

/** A query of records with all that entries have. `rows` is one with their content, rank, position and copies. */
function asEntries(dataset: DatedDataset, rows: string, home: Home): string {
	const known = dataset === 'order_items' ? ', product_id in (select product_id from known_products) as is_known' : '';
	return `select arrivals.*, ${home.date} as home${known}
		from (select *, hash(${recordKeySql(dataset)}) as key_hash from (${rows})) as arrivals ${home.from}`;
}

/**
 * Adds the records of some batches to the entries.
 * `home` is SQL of the date a record lives at as far as it tells, and of a table to look it up in.
 */
export async function addArrivals(
	entries: Spool,
	dataset: DatedDataset,
	arrivals: Arrivals,
	home: Home,
): Promise<void> {
	const rows = await arrivalRows(dataset, arrivals);
	if (rows !== undefined) await entries.add(asEntries(dataset, rows, home));
}

/** SQL of the columns that identify a record; records of equal keys compete. */
export function recordKeySql(dataset: DatedDataset): string {
	const { key, alternativeKey = [] }: Dataset = datasets[dataset];
	const instead = alternativeKey.filter((name) => !key.includes(name));
	return [
		...key.map((name) => (name in datasets[dataset].fields ? identifier(name) : ownDate(dataset))),
		...instead.map((name) => `case when ${identifier(key.at(-1) ?? '')} is null then ${identifier(name)} end`),
	].join(', ');
}

/** Where records live as far as they tell by themselves: at their date; orders, unless they lose. */
export const ownHome = (dataset: 'orders' | SelfDated): Home => ({ date: ownDate(dataset, 'arrivals.'), from: '' });

/** SQL of the date of a record. */
export function ownDate(dataset: DatedDataset, prefix = ''): string {
	const { eventTime }: Dataset = datasets[dataset];
	return `cast(${prefix}${identifier(eventTime ?? '')} as date)`;
}

/**
 * Adds to the entries what some partitions hold, but for the records of batches that are taken out.
 * The lake's record sets have the keys that are not plain; the plain ones are the other rows of Silver.
 */
export async function addStored(
	bench: Workbench,
	snapshot: Snapshot,
	entries: Spool,
	dataset: DatedDataset,
	partitions: readonly string[],
	removed: ReadonlySet<string>,
	home: Home,
): Promise<void> {
	if (partitions.length === 0) return;
	const [silverManifest, records] = await Promise.all([
		snapshot.table(silver(dataset).name),
		snapshot.table(recordSet(dataset).name),
	]);
	await attach(bench, recordSet(dataset), records, { as: 'stored_records', partitions });
	const { column } = datasets[dataset].partition;
	const date = identifier(column);
	// An order's own date is part of its content; it differs from the home of its key where it lost.
	const storedDate = dataset === 'orders' ? 'content_date' : date;
	const content = (date: string) =>
		contentColumns(dataset).map(({ name }) => (name === column ? `${date} as ${identifier(name)}` : identifier(name)));
	const add = (columns: readonly string[], from: string) =>
		entries.add(asEntries(dataset, `select ${columns.join(', ')} from ${from}`, home));
	await add(
		[...content(storedDate), 'ranks.rank', 'position', 'copies'],
		`stored_records inner join ranks on ranks.batch = stored_records.batch
		 ${removed.size > 0 ? `where stored_records.batch not in (${literals([...removed])})` : ''}`,
	);
	const plain = partitions.flatMap((partition) => {
		const batch = records.partitions[partition]?.facts?.plain_batch;
		return typeof batch === 'string' && !removed.has(batch) ? [{ partition, batch }] : [];
	});
	if (plain.length === 0) return;
	await attach(bench, silver(dataset), silverManifest, {
		as: 'stored_silver',
		partitions: plain.map(({ partition }) => partition),
	});
	const plainBatches = plain.map(({ partition, batch }) => `(date ${literal(partition)}, ${literal(batch)})`);
	await add(
		[...content(date), 'ranks.rank', '0 as position', '1 as copies'],
		`stored_silver
		 inner join (values ${plainBatches.join(', ')}) as plain_batches (home, batch) on plain_batches.home = stored_silver.${date}
		 inner join ranks on ranks.batch = plain_batches.batch
		 where (${recordKeySql(dataset)}) not in (select (${recordKeySql(dataset)}) from stored_records)`,
	);
}

/** The partitions that hold records of any of these batches. */
export async function partitionsHolding(
	snapshot: Snapshot,
	dataset: DatedDataset,
	batches: ReadonlySet<string>,
): Promise<string[]> {
	const { partitions } = await snapshot.table(recordSet(dataset).name);
	return Object.entries(partitions)
		.filter(([, { labels }]) => Object.keys(labels ?? {}).some((batch) => batches.has(batch)))
		.map(([partition]) => partition);
}

/** SQL of dates as they are told from rows: `none` stands for no date. */
export const homeText = (home: string): string => `coalesce(cast(${home} as varchar), ${literal(homeless)})`;
