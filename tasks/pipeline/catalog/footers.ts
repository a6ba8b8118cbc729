import { type FileMetaData, parquetMetadata, type SchemaElement } from 'hyparquet';
import { DamagedObjectError } from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import type { Drift } from './compare';
import type { CatalogColumn } from './definition';
import type { DesiredTable } from './desired';

/** The last bytes of an object, at most `bytes` of them. */
export type ReadTail = (key: string, bytes: number) => Promise<ArrayBuffer>;

/** Room for the footer of a file of 128 MiB; a longer one costs a second request. */
const usualFooterBytes = 64 * 1024;
const parallelReads = 8;

/** A column whose files can't be read as what the contract says. */
export interface Incompatibility {
	readonly table: string;
	readonly column: string;
	readonly key: string;
	/** The type in the file. */
	readonly found: string;
	/** The type in the contract; null where the contract has no such column any more. */
	readonly expected: string | null;
}

/**
 * The files to look into: of each run that wrote partitions of the table its smallest, since one run writes all its
 * files alike; only the smallest of all where `thorough` is false. Considers the partitions named.
 */
export function filesToInspect(table: DesiredTable, values: Iterable<string>, thorough: boolean): string[] {
	const smallest = new Map<string, { key: string; bytes: number }>();
	for (const file of [...values].flatMap((value) => table.files.get(value) ?? [])) {
		const run = thorough ? (file.key.split('/').at(-2) ?? '') : '';
		const known = smallest.get(run);
		if (known === undefined || file.bytes < known.bytes) smallest.set(run, file);
	}
	return [...smallest.values()].map(({ key }) => key);
}

/** Compares the footers of files with the contract's columns. Throws DamagedObjectError for a file that has none. */
export async function inspectFooters(
	table: DesiredTable,
	keys: readonly string[],
	tail: ReadTail,
): Promise<{ drift: Drift[]; incompatible: Incompatibility[] }> {
	const compared = await mapConcurrently(keys, parallelReads, async (key) =>
		compareFooter(table, key, footerColumns(await readFooter(key, tail))),
	);
	return {
		drift: compared.flatMap(({ drift }) => drift),
		incompatible: compared.flatMap(({ incompatible }) => incompatible),
	};
}

/** Pure: what a file's columns (types by name) mean for a table. */
export function compareFooter(
	{ definition: { name: table, columns } }: Pick<DesiredTable, 'definition'>,
	key: string,
	found: ReadonlyMap<string, string>,
): { drift: Drift[]; incompatible: Incompatibility[] } {
	const expected = new Map(columns.map(({ name, type }: CatalogColumn) => [name, type]));
	const drift: Drift[] = [];
	const incompatible: Incompatibility[] = [];
	for (const [column, type] of expected) {
		const there = found.get(column);
		if (there === undefined || (there !== type && isReadableAs(there, type))) {
			drift.push({ table, kind: 'footer', name: `${column} in ${key}`, found: there ?? null, expected: type });
		} else if (there !== type) incompatible.push({ table, column, key, found: there, expected: type });
	}
	for (const [column, type] of found) {
		if (!expected.has(column)) incompatible.push({ table, column, key, found: type, expected: null });
	}
	return { drift, incompatible };
}

/** Whether Athena reads a Parquet column of one type as another, without loss. */
export function isReadableAs(found: string, wanted: string): boolean {
	const widenings = ['int>bigint', 'float>double'];
	if (found === wanted || widenings.includes(`${found}>${wanted}`)) return true;
	const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(found) ?? [];
	const [, wider, same] = /^decimal\((\d+),(\d+)\)$/.exec(wanted) ?? [];
	return scale !== undefined && scale === same && Number(precision) <= Number(wider);
}

async function readFooter(key: string, tail: ReadTail): Promise<FileMetaData> {
	const end = await existingTail(key, usualFooterBytes, tail);
	// A Parquet file ends with the footer, its length in 4 bytes, and the letters PAR1.
	const footerBytes = end.byteLength < 8 ? 0 : new DataView(end).getUint32(end.byteLength - 8, true) + 8;
	const footer = footerBytes <= end.byteLength ? end : await existingTail(key, footerBytes, tail);
	try {
		return parquetMetadata(footer);
	} catch (error) {
		throw new DamagedObjectError(key, `is damaged: it has no Parquet footer (${(error as Error).message})`);
	}
}

async function existingTail(key: string, bytes: number, tail: ReadTail): Promise<ArrayBuffer> {
	try {
		return await tail(key, bytes);
	} catch (error) {
		const { name } = error as Error;
		if (name === 'NoSuchKey') throw new DamagedObjectError(key, 'is missing, though the lake names it');
		// S3 says so of an object without bytes.
		if (name === 'InvalidRange') throw new DamagedObjectError(key, 'is damaged: it is empty');
		throw error;
	}
}

/** Types by column, spelt as the contracts spell them. */
function footerColumns({ schema }: FileMetaData): Map<string, string> {
	return new Map(schema.slice(1).map((element) => [element.name, columnType(element)]));
}

function columnType({ type, converted_type, logical_type, precision, scale }: SchemaElement): string {
	if (converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL') return `decimal(${precision},${scale})`;
	if (converted_type === 'UTF8' || logical_type?.type === 'STRING') return 'string';
	if (converted_type === 'DATE' || logical_type?.type === 'DATE') return 'date';
	if (logical_type?.type === 'TIMESTAMP' || converted_type?.startsWith('TIMESTAMP')) return 'timestamp';
	const plain: Partial<Record<NonNullable<typeof type>, string>> = {
		INT32: 'int',
		INT64: 'bigint',
		INT96: 'timestamp',
		FLOAT: 'float',
		DOUBLE: 'double',
		BOOLEAN: 'boolean',
		BYTE_ARRAY: 'binary',
	};
	return (type && plain[type]) ?? 'unknown';
}
