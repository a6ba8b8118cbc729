import { existsSync, statSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TaskContext } from '../context';
import type { Table } from '../contracts';
import { newAttempt, type TableManifest } from '../lake';
import { attach, duckdbType, type EngineResources } from '../lake/partitions';
import { identifier, literal } from '../platform/duckdb/quote';
import { InternalError, NoInputError, UsageError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { listOwnTables } from '../project/project';

export interface ExportTablesOptions {
	/** The DuckDB file to write. */
	readonly file: string;
	/** The number of an earlier head. */
	readonly at?: number | undefined;
	/** Replaces a file that exists. */
	readonly force?: boolean;
	readonly dryRun?: boolean;
}

/** The most bytes of the lake's files that are copied to scratch at a time, unless one file has more. */
const copiedBytes = 256 * 1024 ** 2;
/** The name of the new database in the DuckDB that writes it. */
const database = 'exported';

/**
 * Writes every Silver and Gold table of one head into a new DuckDB file. The file appears under its name when it is
 * complete. Throws UsageError if the file exists (without `force`) or can't be written, NoInputError if the lake is empty.
 */
export async function exportTables(
	context: TaskContext,
	{ file, at, force = false, dryRun = false }: ExportTablesOptions,
): Promise<Outcome> {
	checkTarget(file, force);
	const lake = await context.lake();
	const snapshot = at === undefined ? await lake.newest() : await lake.at(at);
	const { number: head } = snapshot.head;
	if (head === 0) throw new NoInputError("The lake is empty. Start with 'shoplake run --date 2026-11-20'.");
	const manifests = await Promise.all(
		[...lake.contracts.tables, ...listOwnTables(await context.project())].map(async (table) => ({
			table,
			manifest: await snapshot.table(table.name),
		})),
	);
	const listed = manifests.map(({ table, manifest }) => ({ table: table.name, rows: countRows(manifest) }));
	if (dryRun) return { status: 'planned', head, location: file, tables: listed };
	const partial = `${file}.${newAttempt()}.partial`;
	const [duckdb, scratch] = [await context.duckdb(), await context.scratch()];
	try {
		await duckdb.execute(`attach ${literal(partial)} as ${database}`).catch((error: Error) => {
			throw new UsageError(
				`${file} can't be written: ${error.message.split('\n')[0]}. Name a file in a folder of your own.`,
			);
		});
		for (const [done, { table, manifest }] of manifests.entries()) {
			context.progress.update(`exporting ${table.name}`, done, manifests.length);
			await exportTable({ store: lake.store, duckdb, scratch }, table, manifest);
		}
		await duckdb.execute(`detach ${database}`);
		checkTarget(file, force);
		await rename(partial, file);
	} finally {
		context.progress.clear();
		await rm(partial, { force: true });
		await rm(`${partial}.wal`, { force: true });
	}
	return { status: 'exported', head, location: file, bytes: (await stat(file)).size, tables: listed };
}

function checkTarget(file: string, force: boolean): void {
	if (!existsSync(dirname(file))) throw new UsageError(`There is no folder ${dirname(file)} for ${basename(file)}.`);
	if (!existsSync(file)) return;
	if (!statSync(file).isFile()) throw new UsageError(`${file} is not a file. Name the DuckDB file to write.`);
	if (!force) throw new UsageError(`${file} exists. --force replaces it.`);
}

async function exportTable(resources: EngineResources, table: Table, manifest: TableManifest): Promise<void> {
	const { duckdb, scratch } = resources;
	const name = `${database}.${identifier(table.name)}`;
	const columns = [
		...table.columns,
		...(table.partition
			? [{ name: table.partition.column, type: 'date' as const, description: table.partition.description }]
			: []),
	];
	await duckdb.execute(
		[
			`create table ${name} (${columns.map(({ name, type }) => `${identifier(name)} ${duckdbType(type)}`).join(', ')})`,
			`comment on table ${name} is ${literal(table.description)}`,
			...columns.map(
				(column) => `comment on column ${name}.${identifier(column.name)} is ${literal(column.description)}`,
			),
		].join(';\n'),
	);
	for (const partitions of groupBySize(manifest)) {
		await attach(resources, table, manifest, { as: 'part', partitions });
		await duckdb.execute(`insert into ${name} by name select * from part`);
		await duckdb.execute('drop view part');
		await rm(join(scratch, 'objects'), { recursive: true, force: true });
	}
	const { rows } = await duckdb.row(`select count(*) as rows from ${name}`);
	if (Number(rows) === countRows(manifest)) return;
	throw new InternalError(
		`${rows} rows of ${table.name} were exported, but the lake has ${countRows(manifest)}. Please report this.`,
	);
}

/** The partitions in order, in groups whose files have `copiedBytes` at most. */
function groupBySize({ partitions }: TableManifest): string[][] {
	const groups: string[][] = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const [partition, { files }] of Object.entries(partitions).sort(([a], [b]) => (a < b ? -1 : 1))) {
		const own = files.reduce((sum, file) => sum + file.bytes, 0);
		if (bytes + own > copiedBytes) {
			groups.push([]);
			bytes = 0;
		}
		groups.at(-1)?.push(partition);
		bytes += own;
	}
	return groups;
}

const countRows = ({ partitions }: TableManifest): number =>
	Object.values(partitions).reduce((sum, { rows }) => sum + rows, 0);
