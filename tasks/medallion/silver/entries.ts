import { type Dataset, datasets } from '../../contracts';
import { identifier, literal, literals } from '../../engines/quote';
import { attach, duckdbType, type Workbench } from '../../engines/table-files';
import { homeless, type Snapshot } from '../../lake';
import type { Home } from './arrivals';
import { contentColumns, type DatedDataset, recordSet, type SelfDated, silver } from './tables';

/** Makes the empty table `entries` of a dataset. */
export async function createEntries({ duckdb }: Workbench, dataset: DatedDataset | 'products'): Promise<void> {
	const columns = contentColumns(dataset).map(({ name, type }) => `${identifier(name)} ${duckdbType(type)}`);
	await duckdb.execute(
		`create or replace temp table entries (${columns.join(', ')}, rank int, position bigint, copies int, home date)`,
	);
}

/** SQL of the columns that identify a record; records of equal keys compete. */
export function keyOf(dataset: DatedDataset): string {
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
 * Adds to `entries` what some partitions hold, but for the records of batches that are taken out.
 * The lake's record sets have the keys that are not plain; the plain ones are the other rows of Silver.
 */
export async function addStored(
	bench: Workbench,
	snapshot: Snapshot,
	dataset: DatedDataset,
	partitions: readonly string[],
	removed: ReadonlySet<string>,
	home: Home,
): Promise<void> {
	if (partitions.length === 0) return;
	const { duckdb } = bench;
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
		duckdb.execute(
			`insert into entries select arrivals.*, ${home.date} as home from (select ${columns.join(', ')} from ${from}) as arrivals ${home.from}`,
		);
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
		 where (${keyOf(dataset)}) not in (select (${keyOf(dataset)}) from stored_records)`,
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
