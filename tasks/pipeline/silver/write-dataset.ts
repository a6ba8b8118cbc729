import keptRows from '../../../sql/silver/kept-rows.sql';
import orphanRows from '../../../sql/silver/orphan-rows.sql';
import outcomesSql from '../../../sql/silver/outcomes.sql';
import versionHistorySql from '../../../sql/silver/version-history.sql';
import type { DatedDataset } from '../../contracts';
import type { Engine, Relation } from '../../engine';
import type { OutcomeCounts, PartitionEntry } from '../../lake';
import type { FileTable } from '../../lake/partitions';
import { identifier } from '../../platform/duckdb/quote';
import { InternalError } from '../../platform/errors';
import { createMainBatches } from './candidates';
import { replacePartitions } from './replace-partitions';
import type { Outcomes } from './resolve-versions';
import type { Manifests, SilverRun } from './silver-run';
import { orphans, silver, storedContentSql, versionHistory } from './tables';

/** The outcomes of the records of one partition. */
interface PartitionOutcomes {
	readonly byBatch: Record<string, OutcomeCounts>;
	/** The batch of most keys with a single version: those are told by Silver alone. */
	readonly mainBatch: string | undefined;
	/** Batches with such keys here. */
	readonly batchesWithSingles: number;
}

/**
 * Writes the partitions named: Silver, the version history and, for order items, the orphans. A partition without records
 * is removed; one whose rows are as before keeps its files. Throws InternalError where rows and outcomes disagree.
 */
export async function writeDataset(
	run: SilverRun,
	dataset: DatedDataset,
	outcomes: Outcomes,
	{ partitions, ranks }: { readonly partitions: readonly string[]; readonly ranks: Relation },
): Promise<Manifests> {
	const { engine, snapshot, attempt } = run;
	const rows = { single_version_rows: outcomes.singles.rows, resolved_rows: outcomes.resolved };
	const counted = await countOutcomes(engine, {
		single_counts: outcomes.singles.counts,
		resolved_rows: outcomes.resolved,
		ranks,
	});
	const partition_column = identifier(dataset.partition.column);
	const content = storedContentSql(dataset);
	const manifests: Manifests = {};
	const write = async (
		table: FileTable,
		from: Relation,
		{
			keep = false,
			counts,
			decorate,
			alsoWritten = [],
		}: {
			readonly keep?: boolean;
			readonly counts?: ReadonlyMap<string, number>;
			readonly decorate?: (partition: string, entry: PartitionEntry) => PartitionEntry;
			/** Partitions that have an entry even without rows. */
			readonly alsoWritten?: Iterable<string>;
		} = {},
	) => {
		const written = await engine.write(table, from, { partitions, attempt, keep, ...(counts ? { counts } : {}) });
		for (const partition of alsoWritten) {
			if (written.has(partition)) continue;
			written.set(partition, { version: attempt, files: [], rows: 0, fingerprint: '0' });
		}
		manifests[table.name] = replacePartitions(await snapshot.table(table.name), partitions, written, decorate);
	};

	const derived = dataset.derived.map(
		({ name, type, sql }) => `cast(${sql(identifier)} as ${engine.dialect.type(type)}) as ${identifier(name)}`,
	);
	const kept = await engine.define(keptRows, {
		inputs: rows,
		slots: { columns: [...content, ...derived].join(', '), partition_column },
	});
	// Order items read what this run writes of the orders, and a later step of the process all of Silver.
	await write(silver(dataset), kept, { keep: true, counts: countKept(counted) });

	await write(versionHistory(dataset), await defineHistory(run, dataset, { ...rows, ranks }, counted), {
		decorate: (partition, entry) => withOutcomes(entry, counted.get(partition) as PartitionOutcomes),
		// A partition of single versions alone has no versions to store, but its outcomes.
		alsoWritten: counted.keys(),
	});

	if (dataset.name === 'order_items') {
		const waiting = await engine.define(orphanRows, {
			inputs: { resolved_rows: outcomes.resolved, ranks },
			slots: { columns: content.join(', '), partition_column },
		});
		await write(orphans(dataset), waiting);
	}
	checkRows(dataset, partitions, manifests);
	return manifests;
}

/** How many rows Silver has in each partition. */
const countKept = (counted: ReadonlyMap<string, PartitionOutcomes>): Map<string, number> =>
	new Map(
		[...counted].map(([partition, { byBatch }]) => [
			partition,
			Object.values(byBatch).reduce((sum, { kept }) => sum + kept, 0),
		]),
	);

/** The rows of the version history; of the single versions only those of other batches than the partition's main one. */
async function defineHistory(
	{ engine }: SilverRun,
	dataset: DatedDataset,
	rows: { readonly single_version_rows: Relation; readonly resolved_rows: Relation; readonly ranks: Relation },
	counted: ReadonlyMap<string, PartitionOutcomes>,
): Promise<Relation> {
	const columns = storedContentSql(dataset);
	const mainBatches = [...counted].flatMap(([partition, { mainBatch }]) =>
		mainBatch === undefined ? [] : [{ partition, batch: mainBatch }],
	);
	const hasOthers = [...counted.values()].some(({ batchesWithSingles }) => batchesWithSingles > 1);
	const { name } = rows.single_version_rows;
	// Known to be empty, millions of rows are not read to find that out.
	const single_version_rows = hasOthers
		? rows.single_version_rows
		: await engine.view(`select * from ${name} where false`);
	return engine.define(versionHistorySql, {
		inputs: { ...rows, single_version_rows, main_batches: await createMainBatches(engine, rows.ranks, mainBatches) },
		slots: {
			columns: columns.join(', '),
			content_date: dataset.name === 'orders' ? 'order_date as content_date,' : '',
			partition_column: identifier(dataset.partition.column),
		},
	});
}

function withOutcomes(entry: PartitionEntry, { byBatch, mainBatch }: PartitionOutcomes): PartitionEntry {
	const { facts: _, ...rest } = entry;
	return { ...rest, labels: byBatch, ...(mainBatch === undefined ? {} : { facts: { plain_batch: mainBatch } }) };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

async function countOutcomes(
	engine: Engine,
	inputs: Readonly<Record<string, Relation>>,
): Promise<Map<string, PartitionOutcomes>> {
	const partitions = new Map<string, Writable<PartitionOutcomes> & { most: number }>();
	for (const row of await engine.rows(outcomesSql, { inputs })) {
		const name = String(row.partition_date);
		const one = partitions.get(name) ?? { byBatch: {}, mainBatch: undefined, batchesWithSingles: 0, most: 0 };
		partitions.set(name, one);
		const batch = String(row.batch);
		one.byBatch[batch] = {
			kept: Number(row.kept),
			duplicates: Number(row.duplicates),
			superseded: Number(row.superseded),
			orphans: Number(row.orphans),
		};
		const singles = Number(row.singles);
		if (singles > 0) one.batchesWithSingles++;
		if (singles > one.most || (singles === one.most && singles > 0 && batch < (one.mainBatch ?? ''))) {
			one.mainBatch = batch;
			one.most = singles;
		}
	}
	return partitions;
}

/** Silver's rows are the kept, the orphans are a table: both have to agree with the outcomes. */
function checkRows(dataset: DatedDataset, partitions: readonly string[], manifests: Manifests): void {
	for (const partition of partitions) {
		const labels = Object.values(manifests[versionHistory(dataset).name]?.partitions[partition]?.labels ?? {});
		const compare = (table: string, label: 'kept' | 'orphans') => {
			const rows = manifests[table]?.partitions[partition]?.rows ?? 0;
			const counted = labels.reduce((sum, one) => sum + one[label], 0);
			if (rows === counted) return;
			throw new InternalError(
				`${table} ${partition} has ${rows} rows, but ${counted} records are counted as ${label}. Nothing is published; please report this.`,
			);
		};
		compare(silver(dataset).name, 'kept');
		if (dataset.name === 'order_items') compare(orphans(dataset).name, 'orphans');
	}
}
