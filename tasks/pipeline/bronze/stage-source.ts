import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskContext } from '../../context';
import type { Dataset } from '../../contracts';
import type { BatchManifest } from '../../lake';
import { addCounts, sumCounts } from '../../platform/counts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import { DataRefusedError, NoInputError } from '../../platform/errors';
import { printable } from '../../platform/printable';
import {
	matchesPattern,
	recordsTable,
	Sandbox,
	type SourceFiles,
	type SqlSource,
	sourceDigest,
	unusedTable,
} from '../../sources';
import type { MatchedFile, MatchedFiles } from './find-files';
import { Relation } from './load-relation';
import { piecesSql } from './parquet-records';
import { createQuarantine } from './quarantine';
import { checkRejectedShare } from './stage-dataset';
import { assembleBatch, type StagedBatch, type StagedObject, type StagedSource, storedFormat } from './staged-batch';
import type { StagedFile } from './staging';
import { longestLine } from './text-blocks';
import { type StageOptions, validateChunk } from './validate-chunk';
import { chunkBytes } from './validate-records';

/** The name by which the task's DuckDB attaches the database of the source. */
const database = 'shop_source';
/** The table of the names of the files, by their places. */
const placesTable = 'source_places';

/** A file as it was read. */
type LoadedFile = MatchedFiles['files'][number] & Pick<StagedFile, 'digest' | 'bytes' | 'readAs'>;

/** The records of a source, before any rule: a closed database, and what is in it. */
export interface ComputedSource {
	readonly source: SqlSource;
	readonly stats: StagedSource;
	readonly files: readonly LoadedFile[];
	/** The path of the database. */
	readonly path: string;
}

/** Finds the relation of a file by its name: the first whose patterns match. */
export function matchFile(source: SqlSource, name: string): MatchedFile | undefined {
	for (const [relation, { match, format, encoding, delimiter, quote }] of Object.entries(source.settings.files)) {
		if (!match.some((pattern) => matchesPattern(name, pattern))) continue;
		return {
			relation,
			...(format ? { format: format === 'json' ? ('ndjson' as const) : format } : {}),
			...(format === 'json' ? { mayBeDocument: true } : {}),
			...(encoding ? { encoding } : {}),
			...(delimiter ? { delimiter } : {}),
			...(quote === 'none' ? { isUnquoted: true } : {}),
		};
	}
	return undefined;
}

/** Throws NoInputError where a relation has no file and needs one. */
export function checkFilesFound(source: SqlSource, { files, passedOver }: MatchedFiles): void {
	const lacking = Object.entries(source.settings.files).find(
		([name, { optional }]) => !optional && !files.some(({ relation }) => relation === name),
	);
	if (files.length > 0 && !lacking) return;
	const wanted = (entries: readonly [string, SourceFiles][]) =>
		entries.map(([name, { match }]) => `${name} (${match.join(', ')})`).join(', ');
	const found = [...files.map(({ location }) => location), ...passedOver];
	throw new NoInputError(
		printable(
			`There is no file for ${wanted(lacking ? [lacking] : Object.entries(source.settings.files))} of ${source.name}. ${found.length > 0 ? `There is ${found.slice(0, 20).join(', ')}` : 'There are no files'}. Name the files with --source, or correct "match" in source.json.`,
		),
	);
}

/**
 * Reads the files of a source and runs its statements, in a DuckDB of their own. Throws DataRefusedError where a file can't be
 * read, and where a statement is refused or fails.
 */
export async function computeSource(
	context: TaskContext,
	source: SqlSource,
	files: MatchedFiles['files'],
	values: Readonly<Record<string, string>>,
): Promise<ComputedSource> {
	const folder = await context.scratch();
	const path = join(folder, 'source.duckdb');
	const sandbox = await Sandbox.create(await context.duckdb(), path, source, { values });
	const relations = new Map<string, Relation>();
	for (const [name, settings] of Object.entries(source.settings.files)) {
		relations.set(name, await Relation.create(sandbox.duckdb, name, settings));
	}
	const loaded: LoadedFile[] = [];
	for (const [place, file] of files.entries()) {
		context.progress.update(`reading ${file.name}`, place, files.length);
		const staged = await (relations.get(file.relation) as Relation).load(file, place, folder);
		loaded.push({ ...file, digest: staged.digest, bytes: staged.bytes, readAs: staged.readAs });
	}
	context.progress.clear();
	await sandbox.compute();
	const { rows, unused } = await sandbox.countRows();
	await sandbox.close();
	const stats = { name: source.name, digest: sourceDigest(source, values), rows, used: rows - unused, unused };
	return { source, stats, files: loaded, path };
}

/** A row that no record comes from, for messages: these don't show what is in it, which may be about a customer. */
export interface UnusedRow {
	readonly file: string;
	readonly line: number;
	/** Why it can't be parsed; null if it can. */
	readonly fault: string | null;
}

/**
 * Validates the records of a computed source, one batch a dataset. `options` says how each is staged. Returns the first unused
 * rows as well.
 */
export async function stageSource(
	context: TaskContext,
	duckdb: DuckDb,
	computed: ComputedSource,
	wanted: readonly Dataset[],
	options: (dataset: Dataset) => Omit<StageOptions, 'mapping'>,
	{
		mostExamples,
		onStaged,
	}: { readonly mostExamples: number; readonly onStaged?: ((batch: StagedBatch) => Promise<void>) | undefined },
): Promise<{ staged: StagedBatch[]; examples: UnusedRow[] }> {
	await duckdb.execute(`attach ${literal(computed.path)} as ${database} (read_only)`);
	await createPlaces(duckdb, computed.files);
	const staged: StagedBatch[] = [];
	let examples: UnusedRow[] = [];
	try {
		examples = await listUnused(duckdb, mostExamples);
		const unusedPath = await writeUnused(duckdb, computed, join(await context.scratch(), 'unused.ndjson.zst'));
		for (const dataset of wanted) {
			const own = { ...options(dataset), mapping: undefined };
			const batch = await stageRecords(context, duckdb, computed, own, unusedPath);
			await onStaged?.(batch);
			staged.push(batch);
		}
	} finally {
		await duckdb.execute(`detach ${database}; drop table ${placesTable}`);
	}
	await rm(computed.path);
	return { staged, examples };
}

/** The first unused rows. */
async function listUnused(duckdb: DuckDb, most: number): Promise<UnusedRow[]> {
	const rows = await duckdb.rows(
		`select places.name as file, line, fault
		 from ${database}.${unusedTable} as unused join ${placesTable} as places on unused.file = places.place
		 order by unused.file, line limit ${most}`,
	);
	return rows.map(({ file, line, fault }) => ({
		...{ file: String(file), line: Number(line), fault: fault === null ? null : String(fault) },
	}));
}

/** The table of the files' names: any text is safe in it. */
async function createPlaces(duckdb: DuckDb, files: readonly LoadedFile[]): Promise<void> {
	const rows = files.map(({ name }, place) => `(${place}, ${literal(name)})`);
	await duckdb.execute(
		`create or replace temp table ${placesTable} as from (values ${rows.join(', ')}) as places (place, name)`,
	);
}

/** Writes the unused rows as an object; returns its path, or undefined where there are none. */
async function writeUnused(duckdb: DuckDb, { stats }: ComputedSource, path: string): Promise<string | undefined> {
	if (stats.unused === 0) return undefined;
	await duckdb.execute(
		`copy (
			select places.name as file, line, cast(record as varchar) as record, fault
			from ${database}.${unusedTable} as unused join ${placesTable} as places on unused.file = places.place
			order by unused.file, line
		 ) to ${literal(path)} (format json, compression zstd)`,
	);
	return path;
}

/** Validates the records of one dataset, a piece at a time. */
async function stageRecords(
	context: TaskContext,
	duckdb: DuckDb,
	{ source, stats, files }: ComputedSource,
	options: StageOptions,
	unusedPath: string | undefined,
): Promise<StagedBatch> {
	const folder = await context.scratch();
	const { dataset, batch, asOf } = options;
	const table = `${database}.${recordsTable(dataset.name)}`;
	const objects: Omit<StagedObject, 'key'>[] = [];
	const rejected: Record<string, number> = {};
	await createQuarantine(duckdb);
	for (const { first, last, longest } of await duckdb.rows(
		piecesSql(`select rowid + 1 as line, json from ${table}`, chunkBytes(duckdb)),
	)) {
		if (Number(longest) > longestLine) {
			throw new DataRefusedError(
				`${source.name}/${dataset.name}.sql gives a record of more than ${longestLine / 1024 ** 2} MiB of JSON. Shorten its values.`,
			);
		}
		const records = `select file, line, json, json as raw, cast(null as varchar) as fault from ${table} where rowid between ${Number(first) - 1} and ${Number(last) - 1}`;
		const validated = await validateChunk(duckdb, records, options, undefined, {
			format: 'json',
			file: { index: 'file', name: `(select name from ${placesTable} where place = validated.file)` },
			longestRecord: Number(longest),
			numbersWereDoubles: true,
			bronze: join(folder, `bronze-${dataset.name}-${objects.length}.parquet`),
		});
		addCounts(rejected, validated.rejected);
		objects.push(...validated.objects);
	}
	const counts = await duckdb.rows(`select file, count(*) as n from ${table} group by file`);
	const records = new Map(counts.map(({ file, n }) => [Number(file), Number(n)]));
	const sources: BatchManifest['sources'] = files.map((file, place) => ({
		...{ name: file.name, bytes: file.bytes, format: storedFormat(file) },
		records: records.get(place) ?? 0,
	}));
	const received = sources.reduce((sum, file) => sum + file.records, 0);
	await checkRejectedShare(context, duckdb, folder, options, { received, rejected: sumCounts(rejected) });
	const made = [dataset.version, stats.digest, files.map(({ name, digest, readAs }) => [name, digest, readAs])];
	return assembleBatch(duckdb, folder, {
		...{ dataset, batch, attempt: context.run.attempt, asOf, sources, rejected, bronze: objects, source: stats },
		...(unusedPath === undefined ? {} : { unusedPath }),
		fingerprint: createHash('sha256').update(JSON.stringify(made)).digest('hex'),
	});
}
