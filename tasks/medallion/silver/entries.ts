import { datasets } from '../../contracts';
import { identifier, literal, literals } from '../../engines/quote';
import { attach, duckdbType, type Workbench } from '../../engines/table-files';
import { homeless, type Snapshot } from '../../lake';
import { contentColumns, type DatedDataset, recordSet, silver } from './tables';

/** Makes the empty table `entries` of a dataset. */
export async function createEntries({ duckdb }: Workbench, dataset: DatedDataset | 'products'): Promise<void> {
	const columns = contentColumns(dataset).map(({ name, type }) => `${identifier(name)} ${duckdbType(type)}`);
	await duckdb.execute(
		`create or replace temp table entries (${columns.join(', ')}, rank int, position bigint, copies int)`,
	);
}

/** SQL of the columns that identify a record; records of equal keys compete. */
export const keyOf: Readonly<Record<DatedDataset, string>> = {
	orders: 'order_id',
	order_items: 'order_id, line_number, case when line_number is null then product_id end',
	events: 'event_id, cast(event_time as date)',
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
	const select = (from: { date: string; rest: string }) =>
		contentColumns(dataset)
			.map(({ name }) => (name === column ? from.date : identifier(name)))
			.concat(from.rest)
			.join(', ');
	await duckdb.execute(
		`insert into entries
		 select ${select({ date: 'content_date', rest: 'ranks.rank, position, copies' })}
		 from stored_records inner join ranks on ranks.batch = stored_records.batch
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
	await duckdb.execute(
		`insert into entries
		 with plain_batches (home, batch) as (values ${plainBatches.join(', ')})
		 select ${select({ date, rest: 'ranks.rank, 0 as position, 1 as copies' })}
		 from stored_silver
		 inner join plain_batches on plain_batches.home = stored_silver.${date}
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
