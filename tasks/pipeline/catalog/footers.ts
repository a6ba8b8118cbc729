import { type FileMetaData, parquetMetadata, type SchemaElement } from 'hyparquet';
import { DamagedObjectError } from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import type { Drift } from './compare-table';
import type { CatalogColumn } from './definition';
import type { DesiredTable } from './desired-tables';

/** The last bytes of an object, at most `bytes` of them. */
export type ReadTail = (key: string, bytes: number) => Promise<ArrayBuffer>;

/** Enough for the footer of a file of 128 MiB; a longer footer costs a second request. */
const firstReadBytes = 64 * 1024;
const parallelReads = 8;

/** A column that a file has with a type that can't be read as the contract's. */
export interface Incompatibility {
	readonly table: string;
	readonly column: string;
	readonly key: string;
	/** The type in the file. */
	readonly found: string;
	/** The type in the contract; null where the contract no longer has the column. */
	readonly expected: string | null;
}

/**
 * Picks files of these partitions to check: the smallest one, or with `oneOfEachRun` the smallest of each run that wrote
 * some. One run writes all of its files alike.
 */
export function pickFilesToCheck(table: DesiredTable, values: Iterable<string>, oneOfEachRun: boolean): string[] {
	const smallest = new Map<string, { key: string; bytes: number }>();
	for (const file of [...values].flatMap((value) => table.files.get(value) ?? [])) {
		const run = oneOfEachRun ? (file.key.split('/').at(-2) ?? '') : '';
		const known = smallest.get(run);
		if (known === undefined || file.bytes < known.bytes) smallest.set(run, file);
	}
	return [...smallest.values()].map(({ key }) => key);
}

/** Checks the footers of files against the contract's columns. Throws DamagedObjectError for a file without a footer. */
export async function checkFooters(
	table: DesiredTable,
	keys: readonly string[],
	readTail: ReadTail,
): Promise<{ drift: Drift[]; incompatible: Incompatibility[] }> {
	const compared = await mapConcurrently(keys, parallelReads, async (key) =>
		compareFooter(table, key, footerColumns(await readFooter(key, readTail))),
	);
	return {
		drift: compared.flatMap(({ drift }) => drift),
		incompatible: compared.flatMap(({ incompatible }) => incompatible),
	};
}

/** Compares a file's columns (types by name) with the contract's. */
export function compareFooter(
	{ definition: { name: table, columns } }: Pick<DesiredTable, 'definition'>,
	key: string,
	found: ReadonlyMap<string, string>,
): { drift: Drift[]; incompatible: Incompatibility[] } {
	const expected = new Map(columns.map(({ name, type }: CatalogColumn) => [name, type]));
	const drift: Drift[] = [];
	const incompatible: Incompatibility[] = [];
	for (const [column, type] of expected) {
		const foundType = found.get(column);
		if (foundType === undefined || (foundType !== type && isReadableAs(foundType, type))) {
			drift.push({ table, kind: 'footer', name: `${column} in ${key}`, found: foundType ?? null, expected: type });
		} else if (foundType !== type) incompatible.push({ table, column, key, found: foundType, expected: type });
	}
	for (const [column, type] of found) {
		if (!expected.has(column)) incompatible.push({ table, column, key, found: type, expected: null });
	}
	return { drift, incompatible };
}

/** Whether Athena reads a Parquet column of one type as another without loss. */
export function isReadableAs(found: string, wanted: string): boolean {
	const widenings = ['int>bigint', 'float>double'];
	if (found === wanted || widenings.includes(`${found}>${wanted}`)) return true;
	const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(found) ?? [];
	const [, wider, same] = /^decimal\((\d+),(\d+)\)$/.exec(wanted) ?? [];
	return scale !== undefined && scale === same && Number(precision) <= Number(wider);
}

async function readFooter(key: string, readTail: ReadTail): Promise<FileMetaData> {
	const end = await readExistingTail(key, firstReadBytes, readTail);
	// A Parquet file ends with the footer, its length in 4 bytes, and the letters PAR1.
	const footerBytes = end.byteLength < 8 ? 0 : new DataView(end).getUint32(end.byteLength - 8, true) + 8;
	const footer = footerBytes <= end.byteLength ? end : await readExistingTail(key, footerBytes, readTail);
	try {
		return parquetMetadata(footer);
	} catch (error) {
		throw new DamagedObjectError(key, `is damaged: it has no Parquet footer (${(error as Error).message})`);
	}
}

async function readExistingTail(key: string, bytes: number, readTail: ReadTail): Promise<ArrayBuffer> {
	try {
		return await readTail(key, bytes);
	} catch (error) {
		const { name } = error as Error;
		if (name === 'NoSuchKey') throw new DamagedObjectError(key, 'is missing, though the lake names it');
		// S3's answer for an object without bytes.
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
	const plainTypes: Partial<Record<NonNullable<typeof type>, string>> = {
		INT32: 'int',
		INT64: 'bigint',
		INT96: 'timestamp',
		FLOAT: 'float',
		DOUBLE: 'double',
		BOOLEAN: 'boolean',
		BYTE_ARRAY: 'binary',
	};
	return (type && plainTypes[type]) ?? 'unknown';
}
