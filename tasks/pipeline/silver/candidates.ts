import candidatesSql from '../../../sql/silver/candidates.sql';
import itemCandidates from '../../../sql/silver/item-candidates.sql';
import mainBatchesSql from '../../../sql/silver/main-batches.sql';
import partitionDates from '../../../sql/silver/partition-dates.sql';
import storedSingleVersions from '../../../sql/silver/stored-single-versions.sql';
import storedVersions from '../../../sql/silver/stored-versions.sql';
import type { DatedDataset } from '../../contracts';
import type { Engine, Relation, SpillRelation } from '../../engine';
import { identifier } from '../../platform/duckdb/quote';
import type { BatchChanges } from './batch-changes';
import { readRecords } from './read-records';
import type { SilverRun } from './silver-run';
import { contentColumns, silver, versionHistory } from './tables';

/** Makes candidates out of records: adds `partition_date` and `key_hash`. */
export type AsCandidates = (records: Relation) => Promise<Relation>;

/**
 * An empty table for the records of a dataset that a run works on: content columns, `rank`, `position`, `copies`,
 * `partition_date` (null where it is not known), `key_hash`; of order items also `is_known`: whether Silver has the
 * product.
 */
export const createCandidates = (engine: Engine, dataset: DatedDataset): Promise<SpillRelation> =>
	engine.spill([
		...contentColumns(dataset),
		{ name: 'rank', type: 'int' },
		{ name: 'position', type: 'bigint' },
		{ name: 'copies', type: 'int' },
		{ name: 'partition_date', type: 'date' },
		{ name: 'key_hash', type: 'hash' },
		...(dataset.name === 'order_items' ? [{ name: 'is_known', type: 'boolean' } as const] : []),
	]);

/** Candidates whose records say their partition date themselves; of orders, unless they lose. */
export const datedCandidates =
	(engine: Engine, dataset: DatedDataset): AsCandidates =>
	(records) =>
		engine.define(candidatesSql, {
			inputs: { records },
			slots: {
				partition_date: ownDateSql(engine, dataset, 'records.'),
				key_hash: keyHashSql(engine, dataset),
			},
		});

/** Candidates of order items: their dates are those of their orders. */
export const itemCandidatesWith =
	(
		engine: Engine,
		items: DatedDataset,
		known: { readonly known_orders: Relation; readonly known_products: Relation },
	): AsCandidates =>
	(records) =>
		engine.define(itemCandidates, { inputs: { records, ...known }, slots: { key_hash: keyHashSql(engine, items) } });

/** SQL of the values that identify a record of a relation; records of equal keys compete. */
export function recordKeySql(engine: Engine, dataset: DatedDataset, prefix = ''): string[] {
	const { key, alternativeKey = [], fields } = dataset;
	const instead = alternativeKey.filter((name) => !key.includes(name));
	const column = (name: string) => prefix + identifier(name);
	return [
		...key.map((name) => (name in fields ? column(name) : ownDateSql(engine, dataset, prefix))),
		...instead.map((name) => `case when ${column(key.at(-1) ?? '')} is null then ${column(name)} end`),
	];
}

const keyHashSql = (engine: Engine, dataset: DatedDataset): string =>
	engine.dialect.hash(recordKeySql(engine, dataset, 'records.'));

/** SQL of: a row of Silver and a row of the version history have the same key. */
function sameKeySql(engine: Engine, dataset: DatedDataset): string {
	const stored = recordKeySql(engine, dataset, 'version_history.');
	return recordKeySql(engine, dataset, 'silver.')
		.map((value, index) => `${value} is not distinct from ${stored[index]}`)
		.join(' and ');
}

/** SQL of the date that a record says itself: a time counts on its date in the zone of the shop's days. */
export function ownDateSql(engine: Engine, { eventTime, fields }: DatedDataset, prefix = ''): string {
	const time = `${prefix}${identifier(eventTime ?? '')}`;
	const isInstant = fields[eventTime ?? '']?.type === 'timestamp';
	return `cast(${isInstant ? engine.localTime(time) : time} as date)`;
}

/** Adds the records of new batch versions to the candidates. */
export async function addNewRecords(
	{ engine }: SilverRun,
	candidates: SpillRelation,
	{ added }: BatchChanges,
	asCandidates: AsCandidates,
): Promise<void> {
	const records = await readRecords(engine, added);
	if (records) await candidates.add(await asCandidates(records));
}

/**
 * Adds the records of some partitions to the candidates, except those of removed batches: the versions in the version
 * history, and the keys with a single version, which are the other rows of Silver.
 */
export async function addStoredRecords(
	{ engine, snapshot }: SilverRun,
	candidates: SpillRelation,
	dataset: DatedDataset,
	partitions: readonly string[],
	{ removed, ranks }: BatchChanges,
	asCandidates: AsCandidates,
): Promise<void> {
	if (partitions.length === 0) return;
	const [silverManifest, historyManifest] = await Promise.all([
		snapshot.table(silver(dataset).name),
		snapshot.table(versionHistory(dataset).name),
	]);
	const history = await engine.attach(versionHistory(dataset), historyManifest, partitions);
	const { column } = dataset.partition;
	const content = (date: string) =>
		contentColumns(dataset)
			.map(({ name }) => (name === column ? `${date} as ${identifier(name)}` : identifier(name)))
			.join(', ');
	const versions = await engine.define(storedVersions, {
		inputs: {
			version_history: history,
			ranks,
			removed_batches: await engine.texts(
				{ batch: 'varchar' },
				[...removed].map((batch) => [batch]),
			),
		},
		slots: { content: content(dataset.name === 'orders' ? 'content_date' : identifier(column)) },
	});
	await candidates.add(await asCandidates(versions));
	const singles = partitions.flatMap((partition) => {
		const batch = historyManifest.partitions[partition]?.facts?.plain_batch;
		return typeof batch === 'string' && !removed.has(batch) ? [{ partition, batch }] : [];
	});
	if (singles.length === 0) return;
	const single = await engine.define(storedSingleVersions, {
		inputs: {
			silver: await engine.attach(
				silver(dataset),
				silverManifest,
				singles.map(({ partition }) => partition),
			),
			version_history: history,
			main_batches: await createMainBatches(engine, ranks, singles),
		},
		slots: {
			content: content(identifier(column)),
			partition_column: identifier(column),
			same_key: sameKeySql(engine, dataset),
		},
	});
	await candidates.add(await asCandidates(single));
}

/** The rank of the main batch of some partitions: `partition_date`, `rank`. */
export async function createMainBatches(
	engine: Engine,
	ranks: Relation,
	named: readonly { readonly partition: string; readonly batch: string }[],
): Promise<Relation> {
	const rows = named.map(({ partition, batch }) => [partition, batch]);
	return engine.keep(mainBatchesSql, {
		inputs: { named_main_batches: await engine.texts({ partition_date: 'date', batch: 'varchar' }, rows), ranks },
	});
}

/** The partitions that hold records of any of these batches. */
export async function partitionsHolding(
	{ snapshot }: SilverRun,
	dataset: DatedDataset,
	batches: ReadonlySet<string>,
): Promise<string[]> {
	const { partitions } = await snapshot.table(versionHistory(dataset).name);
	return Object.entries(partitions)
		.filter(([, { labels }]) => Object.keys(labels ?? {}).some((batch) => batches.has(batch)))
		.map(([partition]) => partition);
}

/** The partitions that candidates belong to. */
export const listPartitions = async (engine: Engine, candidates: Relation): Promise<string[]> =>
	(await engine.rows(partitionDates, { inputs: { candidates } })).map(({ partition_date }) => String(partition_date));
