import { join } from 'node:path';
import type { TaskContext } from '../../context';
import { type Contracts, type DatasetName, isSealedBatchId } from '../../contracts';
import type { DuckDbEngine, Relation } from '../../engine';
import type { BatchManifest } from '../../lake';
import { literal } from '../../platform/duckdb/quote';
import { InternalError, NoInputError } from '../../platform/errors';
import { lookUp } from '../../platform/look-up';
import { makeOutFolder } from '../../platform/out-folder';
import type { Outcome } from '../../platform/result';
import { receivedRecords, rejectedRecords } from './received-records';

export interface ExportOptions {
	readonly batch: string;
	/** The folder to write to. */
	readonly out: string;
	/** Only this dataset of the batch. */
	readonly dataset?: DatasetName;
	readonly dryRun?: boolean;
}

/** A file that was written, and the source whose records it holds; null for all objects of a sealed stream, and all files of an SQL source. */
interface ExportedFile {
	readonly path: string;
	readonly source: string | null;
	readonly records: number;
}

/**
 * Writes the records of a batch as they were received, those in quarantine too: a file for each source, uncompressed, each
 * record on its own line number; rows of Parquet as NDJSON. The objects of a sealed stream become one file, and so do the
 * records that an SQL source gave. Throws NoInputError if there is no such batch, DamagedObjectError if its objects are.
 */
export async function exportBatch(
	context: TaskContext,
	{ batch, out, dataset: only, dryRun = false }: ExportOptions,
): Promise<Outcome> {
	const lake = await context.lake();
	const { ingested } = await (await lake.newest()).ledger();
	const versions = (only ? [only] : lake.contracts.names).flatMap((dataset) => {
		const version = lookUp(ingested[dataset], batch);
		return version ? [{ dataset, attempt: version.attempt }] : [];
	});
	if (versions.length === 0) {
		throw new NoInputError(
			`The lake has no batch ${batch}${only ? ` of ${only}` : ''}. 'shoplake status' lists the batches.`,
		);
	}
	const manifests = await Promise.all(versions.map(({ dataset, attempt }) => lake.batch(dataset, batch, attempt)));
	const received = manifests.reduce((sum, manifest) => sum + manifest.received, 0);
	if (dryRun) return { status: 'planned', batch, location: out, received };
	const given = await context.engine();
	const files: ExportedFile[] = [];
	for (const manifest of manifests) {
		context.progress.update(`exporting ${manifest.dataset}`, files.length, manifests.length);
		files.push(...(await given.scoped((engine) => exportDataset(engine, lake.contracts, manifest, out))));
	}
	context.progress.clear();
	return { status: 'exported', batch, location: out, received, files: files.map((file) => ({ ...file })) };
}

/** Exports a dataset of a batch into a folder. */
export async function exportDataset(
	engine: DuckDbEngine,
	contracts: Contracts,
	manifest: BatchManifest,
	out: string,
): Promise<ExportedFile[]> {
	const { dataset, sources, received } = manifest;
	await makeOutFolder(out);
	const accepted = await receivedRecords(engine, contracts, manifest);
	const rejected = await rejectedRecords(engine, manifest);
	const all = await engine.view(
		`select file, line, text from ${accepted.name} union all select file, line, text from ${rejected.name}`,
	);
	const isOnePart = isSealedBatchId(manifest.batch) || manifest.source !== undefined;
	const parts = isOnePart ? [undefined] : sources.map((_, place) => place);
	const files: ExportedFile[] = [];
	for (const place of parts) {
		const source = place === undefined ? undefined : sources[place];
		const extension = source?.header === undefined ? 'ndjson' : 'csv';
		const path = join(out, `${dataset}-${String(place ?? 0).padStart(4, '0')}.${extension}`);
		const records = await writeRecords(engine, all, place, source?.header, path);
		files.push({ path, source: source?.name ?? null, records });
	}
	const written = files.reduce((sum, { records }) => sum + records, 0);
	if (written === received) return files;
	throw new InternalError(
		`${written} records of ${dataset} were exported, but batch ${manifest.batch} has ${received}. Please report this.`,
	);
}

/** Writes the records of one source, each on its own line number, or those of all sources, one after the other. */
async function writeRecords(
	{ duckdb }: DuckDbEngine,
	{ name: records }: Relation,
	place: number | undefined,
	header: string | undefined,
	path: string,
): Promise<number> {
	const headerLines = header === undefined ? 0 : header.split(/\r\n?|\n/).length;
	const own = place === undefined ? 'true' : `file = ${place}`;
	const blankLines = place === undefined ? `''` : `repeat(e'\\n', greatest(line - 1 - before, 0))`;
	// The file's own start comes with its first record.
	const headerSql =
		header === undefined ? '' : `case when line = min(line) over () then ${literal(`${header}\n`)} else '' end || `;
	await duckdb.execute(
		`copy (
			select ${headerSql}${blankLines} || text from (
				select *, coalesce(lag(line + len(regexp_extract_all(text, '\\r\\n?|\\n'))) over (order by file, line), ${headerLines}) as before
				from ${records} where ${own}
			) order by file, line
		 ) to ${literal(path)} (format csv, header false, quote '', escape '', delimiter e'\\x01')`,
	);
	const { n } = await duckdb.row(`select count(text) as n from ${records} where ${own}`);
	return Number(n);
}
