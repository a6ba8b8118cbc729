import labelsSql from '../../../sql/silver/labels.sql';
import { datasets } from '../../contracts';
import type { OutcomeCounts, PartitionEntry, Snapshot, TableManifest } from '../../lake';
import { type FileTable, type Workbench, writePartitions } from '../../lake/partitions';
import { identifier, literal } from '../../platform/duckdb/quote';
import { InternalError } from '../../platform/errors';
import { contentColumns, type DatedDataset, orphans, recordSet, silver } from './tables';

/** New manifests by table. */
export type Manifests = Record<string, TableManifest>;

interface HomeLabels {
	readonly byBatch: Record<string, OutcomeCounts>;
	/** The batch of most plain rows: those are told by Silver alone. */
	readonly plainBatch: string | undefined;
	/** Batches with plain rows here. */
	readonly plainBatches: number;
}

/**
 * Writes the partitions named from the view `plain_rows` (all kept) and the table `exceptions` (all else): Silver,
 * record sets and, for lines, orphans. A partition of `homes` without records is removed; one whose rows are as before
 * keeps its files. Throws InternalError where rows and labels disagree.
 */
export async function writeDataset(
	bench: Workbench,
	snapshot: Snapshot,
	dataset: DatedDataset,
	homes: readonly string[],
	attempt: string,
): Promise<Manifests> {
	const { duckdb } = bench;
	await duckdb.execute(
		`create or replace temp view placed as
		 select rank, copies, is_first, is_winner, false as is_plain, home, is_orphan from exceptions
		 union all
		 select rank, copies, true, true, true, home, false from plain_rows`,
	);
	const labels = await readLabels(bench);
	const { column } = datasets[dataset].partition;
	const date = identifier(column);
	const derived = datasets[dataset].derived.map(
		({ name, type, sql }) => `cast(${sql(identifier)} as ${type}) as ${identifier(name)}`,
	);
	const own = contentColumns(dataset)
		.filter(({ name }) => name !== column)
		.map(({ name }) => identifier(name));
	const view = (name: string, queries: readonly { columns: readonly string[]; from: string }[]) => {
		const selects = queries.map(({ columns, from }) => `select ${columns.join(', ')}, home as ${date} from ${from}`);
		return duckdb.execute(`create or replace temp view ${name} as ${selects.join(' union all ')}`);
	};
	const silverColumns = [...own, ...derived];
	await view('silver_rows', [
		{ columns: silverColumns, from: 'plain_rows' },
		{ columns: silverColumns, from: 'exceptions where is_winner and not is_orphan' },
	]);
	const plainBatches = [...labels].flatMap(([home, { plainBatch }]) =>
		plainBatch === undefined ? [] : [`(date ${literal(home)}, ${literal(plainBatch)})`],
	);
	await duckdb.execute('create or replace temp table plain_ranks (home date, rank int)');
	if (plainBatches.length > 0) {
		await duckdb.execute(
			`insert into plain_ranks
			 select plain.home, ranks.rank
			 from (values ${plainBatches.join(', ')}) as plain (home, batch) inner join ranks on ranks.batch = plain.batch`,
		);
	}
	const recordColumns = [...own, 'ranks.batch', 'position', 'copies'];
	if (dataset === 'orders') recordColumns.push('order_date as content_date');
	const withBatch = (rows: string) => `${rows} inner join ranks on ranks.rank = ${rows}.rank`;
	const otherPlain = {
		columns: recordColumns,
		from: `${withBatch('plain_rows')} where (home, plain_rows.rank) not in (select (home, rank) from plain_ranks)`,
	};
	const hasOtherPlain = [...labels.values()].some(({ plainBatches }) => plainBatches > 1);
	await view('record_rows', [
		{ columns: recordColumns, from: withBatch('exceptions') },
		...(hasOtherPlain ? [otherPlain] : []),
	]);
	const manifests: Manifests = {};
	const write = async (
		table: FileTable,
		from: string,
		decorate?: (home: string, entry: PartitionEntry) => PartitionEntry,
	) => {
		// Later steps of the run read what it writes of the orders.
		const keep = table.name === silver('orders').name;
		const written = await writePartitions(bench, table, { from, partitions: homes, attempt, keep });
		const old = await snapshot.table(table.name);
		manifests[table.name] = replaced(old, homes, written, decorate);
	};
	await write(silver(dataset), 'silver_rows');
	const empty: PartitionEntry = { version: attempt, files: [], rows: 0, fingerprint: '0' };
	const old = await snapshot.table(recordSet(dataset).name);
	const written = await writePartitions(bench, recordSet(dataset), { from: 'record_rows', partitions: homes, attempt });
	// A partition of plain rows alone has no records to store, but its labels.
	for (const home of labels.keys()) if (!written.has(home)) written.set(home, empty);
	manifests[recordSet(dataset).name] = replaced(old, homes, written, (home, entry) => {
		const { byBatch, plainBatch } = labels.get(home) as HomeLabels;
		const { facts: _, ...rest } = entry;
		return { ...rest, labels: byBatch, ...(plainBatch === undefined ? {} : { facts: { plain_batch: plainBatch } }) };
	});
	if (dataset === 'order_items') {
		const columns = [...own, 'waits_for', 'ranks.batch'];
		await view('orphan_rows', [{ columns, from: `${withBatch('exceptions')} where is_winner and is_orphan` }]);
		await write(orphans, 'orphan_rows');
	}
	checkRows(dataset, homes, manifests);
	return manifests;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

async function readLabels({ duckdb }: Workbench): Promise<Map<string, HomeLabels>> {
	const rows = await duckdb.rows(labelsSql);
	const homes = new Map<string, Writable<HomeLabels> & { most: number }>();
	for (const row of rows) {
		const home = homes.get(String(row.home)) ?? { byBatch: {}, plainBatch: undefined, plainBatches: 0, most: 0 };
		homes.set(String(row.home), home);
		const batch = String(row.batch);
		home.byBatch[batch] = {
			kept: Number(row.kept),
			duplicates: Number(row.duplicates),
			superseded: Number(row.superseded),
			orphans: Number(row.orphans),
		};
		const plain = Number(row.plain);
		if (plain > 0) home.plainBatches++;
		if (plain > home.most || (plain === home.most && plain > 0 && batch < (home.plainBatch ?? ''))) {
			home.plainBatch = batch;
			home.most = plain;
		}
	}
	return homes;
}

/** A manifest with the partitions of `homes` as they were written; rows that are as before keep their version. */
export function replaced(
	old: TableManifest,
	homes: readonly string[],
	written: ReadonlyMap<string, PartitionEntry>,
	decorate: (home: string, entry: PartitionEntry) => PartitionEntry = (_, entry) => entry,
): TableManifest {
	const partitions = { ...old.partitions };
	for (const home of homes) {
		const before = partitions[home];
		const now = written.get(home);
		delete partitions[home];
		if (!now) continue;
		const same = before && before.rows === now.rows && before.fingerprint === now.fingerprint;
		partitions[home] = decorate(home, same ? before : now);
	}
	return { ...old, partitions: Object.fromEntries(Object.entries(partitions).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Silver's rows are the kept, the orphans are a table: both have to agree with the labels. */
function checkRows(dataset: DatedDataset, homes: readonly string[], manifests: Manifests): void {
	for (const home of homes) {
		const labels = Object.values(manifests[recordSet(dataset).name]?.partitions[home]?.labels ?? {});
		const compare = (table: string, label: 'kept' | 'orphans') => {
			const rows = manifests[table]?.partitions[home]?.rows ?? 0;
			const counted = labels.reduce((sum, one) => sum + one[label], 0);
			if (rows === counted) return;
			throw new InternalError(
				`${table} ${home} has ${rows} rows, but ${counted} records are labelled ${label}. Nothing is published; please report this.`,
			);
		};
		compare(silver(dataset).name, 'kept');
		if (dataset === 'order_items') compare(orphans.name, 'orphans');
	}
}
