import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identifier, literal } from '../platform/duckdb/quote';
import { DamagedObjectError, type FileRef, fetchFile, fetchText, type PartitionEntry } from '.';
import { longestLine } from './bronze-files';
import type { EngineResources } from './partitions';
import { measureRows } from './write-partitions';

/** Errors of the machine, not of the file that is read. */
const machineFailure = /^(Out of Memory|Interrupt|INTERRUPT|Fatal)|No space left|Connection/;

/**
 * Checks a stored file against its entry in a manifest: size and digest. Also its rows if the entry has no digest, or if
 * the file is Parquet and `decode` is set. `fingerprint` is that of the rows of a Parquet file that is the only one of its
 * partition. Returns what differs, as a phrase that follows the key; undefined if nothing does.
 */
export async function checkFile(
	engine: EngineResources,
	file: FileRef,
	{ fingerprint, decode = false }: { fingerprint?: string | undefined; decode?: boolean } = {},
): Promise<string | undefined> {
	const folder = join(engine.scratch, 'checked');
	const path = join(folder, randomBytes(8).toString('hex'));
	try {
		if (file.key.endsWith('.txt')) {
			const lines = (await fetchText(engine.store, file)).split('\n').length;
			return lines === file.rows ? undefined : rowsDiffer(lines, file);
		}
		await mkdir(folder, { recursive: true });
		await fetchFile(engine.store, file, path);
		const isParquet = file.key.endsWith('.parquet');
		if (isParquet && (decode || !file.sha256)) {
			return await reportUnreadable(path, () => checkParquet(engine, path, file, fingerprint));
		}
		return isParquet || file.sha256 ? undefined : await reportUnreadable(path, () => checkLines(engine, path, file));
	} catch (error) {
		if (error instanceof DamagedObjectError) return error.difference;
		throw error;
	} finally {
		await rm(path, { force: true });
	}
}

/** The result of a check, or that DuckDB can't read the file at all. */
async function reportUnreadable(path: string, compare: () => Promise<string | undefined>): Promise<string | undefined> {
	try {
		return await compare();
	} catch (error) {
		const { message } = error as Error;
		if (machineFailure.test(message)) throw error;
		return `is damaged: it can't be read (${message.split('\n')[0]?.replaceAll(path, 'the file')})`;
	}
}

/** Whether the files of a partition hold what its entry says; reads the files themselves. */
export async function isIntact(engine: EngineResources, entry: PartitionEntry): Promise<boolean> {
	for (const file of entry.files) {
		if ((await checkFile(engine, file, { fingerprint: onlyFileFingerprint(entry) })) !== undefined) return false;
	}
	return true;
}

/** DuckDB's fingerprints of rows; those of other engines can't be compared with them. */
const ownFingerprint = /^\d+$/;

/** The fingerprint of the only file of a partition; undefined if there are more, or if the entry's is not DuckDB's of rows. */
export const onlyFileFingerprint = ({ files, version, fingerprint }: PartitionEntry): string | undefined =>
	files.length === 1 && fingerprint !== version && ownFingerprint.test(fingerprint) ? fingerprint : undefined;

async function checkParquet(
	{ duckdb }: EngineResources,
	path: string,
	file: FileRef,
	fingerprint: string | undefined,
): Promise<string | undefined> {
	const described = await duckdb.rows(
		`describe select * from read_parquet(${literal(path)}, hive_partitioning = false)`,
	);
	const columns = described.map(({ column_name }) => identifier(String(column_name)));
	const found = await measureRows(duckdb, path, columns.join(', '));
	if (found.rows !== file.rows) return rowsDiffer(found.rows, file);
	if (fingerprint === undefined || found.fingerprint === fingerprint) return undefined;
	return 'is damaged: its rows are not those that were written';
}

async function checkLines({ duckdb }: EngineResources, path: string, file: FileRef): Promise<string | undefined> {
	const found = await duckdb.row(
		`select count(coalesce(_line, line)) as n
		 from read_json(${literal(path)}, format = 'newline_delimited', compression = 'zstd',
			maximum_object_size = ${longestLine}, columns = {_line: 'bigint', line: 'bigint'})`,
	);
	return Number(found.n) === file.rows ? undefined : rowsDiffer(Number(found.n), file);
}

const rowsDiffer = (found: number, { rows }: FileRef) => `is damaged: it has ${found} records instead of ${rows}`;
