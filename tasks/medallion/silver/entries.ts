import { datasets } from '../../contracts';
import { identifier, literal, literals } from '../../engines/quote';
import { attach, duckdbType, type Workbench } from '../../engines/table-files';
import { homeless, type Snapshot } from '../../lake';
import type { Home } from './arrivals';
import { contentColumns, type DatedDataset, recordSet, silver } from './tables';

/** Makes the empty table `entries` of a dataset. */
export async function createEntries({ duckdb }: Workbench, dataset: DatedDataset | 'products'): Promise<void> {
	const columns = contentColumns(dataset).map(({ name, type }) => `${identifier(name)} ${duckdbType(type)}`);
	await duckdb.execute(
		`create or replace temp table entries (${columns.join(', ')}, rank int, position bigint, copies int, home date)`,
	);
}

/** SQL of the columns that identify a record; records of equal keys compete. */
export const keyOf: Readonly<Record<DatedDataset, string>> = {
	orders: 'order_id',
	order_items: 'order_id, line_number, case when line_number is null then product_id end',
	events: 'event_id, cast(event_time as date)',
};

/** Where records live as far as they tell by themselves: events at their date, orders at their own unless they lose. */
export const ownHome: Readonly<Record<'orders' | 'events', Home>> = {
	orders: { date: 'arrivals.order_date', from: '' },
	events: { date: 'cast(arrivals.event_time as date)', from: '' },
};

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
	const content = (date: string) =>
		contentColumns(dataset).map(({ name }) => (name === column ? `${date} as ${identifier(name)}` : identifier(name)));
	const add = (columns: readonly string[], from: string) =>
		duckdb.execute(
			`insert into entries select arrivals.*, ${home.date} as home from (select ${columns.join(', ')} from ${from}) as arrivals ${home.from}`,
		);
	await add(
		[...content('content_date'), 'ranks.rank', 'position', 'copies'],
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
		 where (${keyOf[dataset]}) not in (select (${keyOf[dataset]}) from stored_records)`,
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
