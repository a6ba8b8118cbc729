import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Dataset } from '../contracts';
import { type BatchManifest, fetchFile, type Ledger, newestRefusals, type StoredFile } from '../lake';
import { mapConcurrently } from '../platform/concurrency';
import { identifier, literal, literals } from '../platform/duckdb/quote';
import type { DuckDbColumn, QuerySession } from './query-session';

const parallelTransfers = 8;

/** Mounts `bronze_<dataset>`: the records of every ingested batch as received, all values as text, as in the Glue table. */
export async function mountBronze(session: QuerySession, dataset: Dataset): Promise<void> {
	const batches = await readManifests(session, (await session.snapshot.ledger()).ingested, [dataset.name]);
	const files = batches.flatMap(({ batch, files }) => files.map((file) => ({ file, batch })));
	await mountJson(session, `bronze_${dataset.name}`, files, lineColumns(dataset));
}

/** The columns of a line of a Bronze file. */
function lineColumns(dataset: Dataset): readonly DuckDbColumn[] {
	const fields = Object.keys(dataset.fields).map((name) => [name, 'varchar'] as const);
	return [['_file', 'integer'], ['_line', 'bigint'], ...fields];
}

export const bronzeColumns = (dataset: Dataset): readonly DuckDbColumn[] => [
	...lineColumns(dataset),
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
	const files = batches.flatMap(({ batch, quarantine }) => quarantine.map((file) => ({ file, batch })));
	await mountJson(session, 'lake_quarantine', files, quarantineColumns);
}

/** Mounts `lake_refused`: the rejected records of each refused batch, from its newest refusal. */
export async function mountRefused(session: QuerySession): Promise<void> {
	const files = (await newestRefusals(session.store)).map((file) => ({ file, batch: '' }));
	await mountJson(session, 'lake_refused', files, refusedColumns);
}

async function readManifests(
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

/** Creates a view over NDJSON objects. Unless the lines have a column `batch`, it is the batch that an object belongs to. */
async function mountJson(
	{ duckdb, store, scratch }: QuerySession,
	as: string,
	files: readonly { readonly file: StoredFile; readonly batch: string }[],
	columns: readonly DuckDbColumn[],
): Promise<void> {
	const names = columns.map(([name]) => identifier(name));
	const hasBatch = columns.some(([name]) => name === 'batch');
	if (files.length === 0) {
		const empty = [...columns, ...(hasBatch ? [] : [['batch', 'varchar'] as const])];
		const nothing = empty.map(([name, type]) => `cast(null as ${type}) as ${identifier(name)}`).join(', ');
		await duckdb.execute(`create or replace temp view ${identifier(as)} as select ${nothing} where false`);
		return;
	}
	const local = await mapConcurrently(files, parallelTransfers, async ({ file, batch }) => {
		const path = join(scratch, 'objects', file.key);
		await mkdir(dirname(path), { recursive: true });
		await fetchFile(store, file, path);
		return { path, batch };
	});
	const shape = columns.map(([name, type]) => `${literal(name)}: ${literal(type)}`).join(', ');
	const lines = `read_json([${literals(local.map(({ path }) => path))}], format = 'newline_delimited', columns = {${shape}}, filename = true, hive_partitioning = false)`;
	const batches = local.map(({ path, batch }) => `(${literal(path)}, ${literal(batch)})`).join(', ');
	await duckdb.execute(
		hasBatch
			? `create or replace temp view ${identifier(as)} as select ${names.join(', ')} from ${lines}`
			: `create or replace temp view ${identifier(as)} as
			   select ${names.map((name) => `lines.${name}`).join(', ')}, files.batch
			   from ${lines} as lines join (values ${batches}) as files (path, batch) on lines.filename = files.path`,
	);
}
