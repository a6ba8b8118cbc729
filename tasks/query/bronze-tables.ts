import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bronzeColumns, type Dataset } from '../contracts';
import { type BatchManifest, fetchFile, type Ledger, newestRefusals, type StoredFile } from '../lake';
import { bronzeRowsSql, longestLine } from '../lake/bronze-files';
import { duckdbType } from '../lake/partitions';
import { mapConcurrently } from '../platform/concurrency';
import { identifier, literal, literals } from '../platform/duckdb/quote';
import type { DuckDbColumn, QuerySession } from './query-session';

const parallelTransfers = 8;

/** Mounts `bronze_<dataset>`: the records of every ingested batch that passed, as in the Glue table. */
export async function mountBronze(session: QuerySession, dataset: Dataset): Promise<void> {
	const batches = await readManifests(session, (await session.snapshot.ledger()).ingested, [dataset.name]);
	const local = await fetchObjects(
		session,
		batches.flatMap(({ batch, files }) => files.map((file) => ({ file, batch }))),
	);
	const rows = bronzeRowsSql(
		dataset,
		local.map(({ path }) => path),
	);
	const names = bronzeColumns(dataset).map(({ name }) => identifier(name));
	const places = local.map(({ path, batch }) => `(${literal(path)}, ${literal(batch)})`);
	const batch = places.length > 0 ? `(values ${places.join(', ')})` : `(select '' as path, '' as batch where false)`;
	await session.duckdb.execute(
		`create or replace temp view ${identifier(`bronze_${dataset.name}`)} as
		 select ${names.map((name) => `records.${name}`).join(', ')}, files.batch
		 from (${rows}) as records join ${batch} as files (path, batch) on records.filename = files.path`,
	);
}

/** The columns of `bronze_<dataset>`. */
export const listBronzeColumns = (dataset: Dataset): readonly DuckDbColumn[] => [
	...bronzeColumns(dataset).map(({ name, type }) => [name, duckdbType(type)] as const),
	['batch', 'varchar'],
];

export const quarantineColumns: readonly DuckDbColumn[] = [
	['dataset', 'varchar'],
	['batch', 'varchar'],
	['file', 'varchar'],
	['line', 'bigint'],
	['rule', 'varchar'],
	['message', 'varchar'],
	['raw', 'varchar'],
];

export const refusedColumns: readonly DuckDbColumn[] = [
	...quarantineColumns.slice(0, 2),
	['refused_at', 'timestamp'],
	...quarantineColumns.slice(2),
];

/** Mounts `lake_quarantine`: the rejected records of the admitted batches, with the rule that each broke. */
export async function mountQuarantine(session: QuerySession): Promise<void> {
	const { admitted } = await session.snapshot.ledger();
	const batches = await readManifests(session, admitted, Object.keys(admitted), ({ rejected }) => rejected > 0);
	await mountJson(
		session,
		'lake_quarantine',
		batches.flatMap(({ quarantine }) => quarantine),
		quarantineColumns,
	);
}

export const unusedColumns: readonly DuckDbColumn[] = [
	['batch', 'varchar'],
	['source', 'varchar'],
	['file', 'varchar'],
	['line', 'bigint'],
	['record', 'varchar'],
	['fault', 'varchar'],
];

/** Mounts `lake_unused`: the rows of SQL sources that no record of the admitted batches comes from. */
export async function mountUnused(session: QuerySession): Promise<void> {
	const { admitted } = await session.snapshot.ledger();
	const batches = await readManifests(session, admitted, Object.keys(admitted));
	// Each dataset of a batch has the same rows of its source.
	const objects = new Map<string, { file: StoredFile; batch: string; source: string }>();
	for (const { batch, source, sources } of batches) {
		const files = sources.map(({ name, bytes }) => [name, bytes]);
		for (const file of source?.unused_files ?? []) {
			objects.set(JSON.stringify([batch, source?.digest, files]), { file, batch, source: source?.name ?? '' });
		}
	}
	const local = await fetchObjects(session, [...objects.values()]);
	const columns = unusedColumns.slice(2).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
	const nothing = unusedColumns.map(([name, type]) => `cast(null as ${type}) as ${identifier(name)}`);
	const rows = local.map(
		({ path, batch, source }) =>
			`select ${literal(batch)}, ${literal(source)}, * from read_json(${literal(path)}, format = 'newline_delimited', maximum_object_size = ${longestLine}, columns = {${columns.join(', ')}}, hive_partitioning = false)`,
	);
	await session.duckdb.execute(
		`create or replace temp view lake_unused as select ${nothing.join(', ')} where false ${rows.map((sql) => `union all ${sql}`).join(' ')}`,
	);
}

/** Mounts `lake_refused`: the rejected records of each refused batch, from its newest refusal. */
export async function mountRefused(session: QuerySession): Promise<void> {
	await mountJson(session, 'lake_refused', await newestRefusals(session.store), refusedColumns);
}

/** The manifests of the batches of some datasets. */
export async function readManifests(
	{ lake }: QuerySession,
	versions: Ledger['ingested'],
	names: readonly string[],
	wanted: (version: Ledger['ingested'][string][string]) => boolean = () => true,
): Promise<BatchManifest[]> {
	const named = names.flatMap((dataset) =>
		Object.entries(versions[dataset] ?? {}).flatMap(([batch, version]) =>
			wanted(version) ? [{ dataset, batch, attempt: version.attempt }] : [],
		),
	);
	return mapConcurrently(named, parallelTransfers, ({ dataset, batch, attempt }) =>
		lake.batch(dataset, batch, attempt),
	);
}

/** Creates a view over NDJSON objects. */
async function mountJson(
	session: QuerySession,
	as: string,
	files: readonly StoredFile[],
	columns: readonly DuckDbColumn[],
): Promise<void> {
	const local = await fetchObjects(
		session,
		files.map((file) => ({ file })),
	);
	const shape = columns.map(([name, type]) => `${literal(name)}: ${literal(type)}`).join(', ');
	const nothing = columns.map(([name, type]) => `cast(null as ${type}) as ${identifier(name)}`).join(', ');
	const rows =
		local.length === 0
			? `select ${nothing} where false`
			: `select * from read_json([${literals(local.map(({ path }) => path))}], format = 'newline_delimited', columns = {${shape}}, hive_partitioning = false)`;
	await session.duckdb.execute(`create or replace temp view ${identifier(as)} as ${rows}`);
}

/** Copies objects into the session's scratch folder. */
const fetchObjects = <T extends { readonly file: StoredFile }>(
	{ store, scratch }: QuerySession,
	objects: readonly T[],
): Promise<(T & { readonly path: string })[]> =>
	mapConcurrently(objects, parallelTransfers, async (object) => {
		const path = join(scratch, 'objects', object.file.key);
		await mkdir(dirname(path), { recursive: true });
		await fetchFile(store, object.file, path);
		return { ...object, path };
	});
