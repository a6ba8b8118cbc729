import { type FileRef, type PartitionEntry, unplaced, whole } from '../../lake';
import { columnIds } from '../../lake/iceberg/attach-snapshot';
import { tableFolder } from '../../lake/layout';
import type { FileTable } from '../../lake/partitions';
import type { WriteOptions } from '../../lake/write-partitions';
import { identifier, literal } from '../../platform/duckdb/quote';
import { DataRefusedError, InternalError } from '../../platform/errors';
import { athena } from '../dialect';
import { readRows } from './result-rows';
import type { ScratchTable, ScratchTables } from './scratch-tables';

/** Athena's limit for a statement that creates a table. */
const maxPartitions = 100;
/** Distinguishes fingerprints from those of other engines, and of other ways to compute them. */
const fingerprintPrefix = 'athena1:';

type NamedType = FileTable['columns'][number];

/**
 * Writes a new version of each of `partitions` as the files of a scratch table, which are the lake's from then on. A
 * partition without rows gets no entry; one whose rows equal those in `current` keeps its entry.
 */
export async function writePartitions(
	tables: ScratchTables,
	table: FileTable,
	rows: string,
	options: WriteOptions & { readonly within?: string },
): Promise<Map<string, PartitionEntry>> {
	const { attempt, current, within = `${tableFolder(table.name)}v=${attempt}/` } = options;
	const entries = new Map<string, PartitionEntry>();
	const columns = columnsInOrder(table);
	const write = async (partitions: readonly string[]) => {
		const written = await tables.create(selectSql(table, columns, rows, partitions), {
			within,
			compression: 'ZSTD',
			partitionColumn: table.partition?.column,
		});
		const [files, measured] = await Promise.all([readFiles(written, table, columns), measure(tables, written, table)]);
		for (const partition of partitions) {
			const found = measured.get(partition);
			if (!found) continue;
			const own = files.get(partition) ?? [];
			checkRows(table, partition, own, found.rows);
			const same = current?.[partition];
			const isSame = same && same.rows === found.rows && same.fingerprint === found.fingerprint;
			entries.set(partition, isSame ? same : { version: attempt, files: own, ...found });
		}
	};
	await Promise.all(chunk(table.partition ? options.partitions : [whole]).map(write));
	return entries;
}

const chunk = (partitions: readonly string[]): string[][] =>
	Array.from({ length: Math.ceil(partitions.length / maxPartitions) }, (_, index) =>
		partitions.slice(index * maxPartitions, (index + 1) * maxPartitions),
	);

/** The columns by their ids. Athena numbers them as they stand in the statement, and readers find them by these numbers. */
function columnsInOrder(table: FileTable): NamedType[] {
	const types = new Map<string, NamedType>(
		[...table.columns, ...(table.partition ? [{ name: table.partition.column, type: 'date' as const }] : [])].map(
			(column) => [column.name, column],
		),
	);
	return [...columnIds({ ...table, partition: table.partition })].map(([name, id], index) => {
		const column = types.get(name);
		if (!column || id !== index + 1) {
			throw new InternalError(`${table.name} can't be written by Athena: its column ${name} has the id ${id}.`);
		}
		return column;
	});
}

function selectSql(
	{ partition }: FileTable,
	columns: readonly NamedType[],
	rows: string,
	partitions: readonly string[],
): string {
	const casts = columns.map(
		({ name, type }) => `cast(${identifier(name)} as ${athena.type(type)}) as ${identifier(name)}`,
	);
	const filter = partition ? ` where ${isInSql(partition.column, partitions)}` : '';
	return `select ${casts.join(', ')} from (${rows}) as written${filter}`;
}

/** SQL of: a row belongs to one of these partitions. Throws DataRefusedError for dates that Athena writes otherwise. */
function isInSql(column: string, partitions: readonly string[]): string {
	const dates = partitions.filter((name) => name !== unplaced);
	const foreign = dates.find((date) => !/^\d{4}-\d\d-\d\d$/.test(date));
	if (foreign !== undefined) {
		throw new DataRefusedError(`The date ${foreign} is outside the years 1 to 9999: use --engine duckdb.`);
	}
	return [
		...(dates.length > 0
			? [`${identifier(column)} in (${dates.map((date) => `date ${literal(date)}`).join(', ')})`]
			: []),
		...(dates.length < partitions.length ? [`${identifier(column)} is null`] : []),
	].join(' or ');
}

/** The files of a written table by partition. Throws InternalError where its columns have other ids than the lake's. */
async function readFiles(
	written: ScratchTable,
	table: FileTable,
	wanted: readonly NamedType[],
): Promise<Map<string, FileRef[]>> {
	const { columns, files } = await written.readFiles();
	const isWanted = wanted.every(({ name }, index) => columns[index]?.id === index + 1 && columns[index]?.name === name);
	if (!isWanted || columns.length !== wanted.length) {
		const names = columns.map(({ id, name }) => `${id} ${name}`).join(', ');
		throw new InternalError(`Athena numbered the columns of ${table.name} otherwise: ${names}. Nothing is published.`);
	}
	const byPartition = new Map<string, FileRef[]>();
	for (const { partition, ...file } of files) {
		const name = table.partition ? (partition ?? unplaced) : whole;
		byPartition.set(name, [...(byPartition.get(name) ?? []), file]);
	}
	return byPartition;
}

/** The rows of each partition of a written table, and their fingerprint. */
async function measure(
	tables: ScratchTables,
	{ sql }: ScratchTable,
	{ columns, partition }: FileTable,
): Promise<Map<string, Pick<PartitionEntry, 'rows' | 'fingerprint'>>> {
	const place = partition
		? `coalesce(cast(${identifier(partition.column)} as varchar), ${literal(unplaced)})`
		: literal(whole);
	const hash = athena.hash(columns.map(({ name }) => identifier(name)));
	const result = await tables.statements.run(
		() =>
			`select place, count(*) as n, cast(sum(cast(hash as decimal(38,0))) as varchar) as fingerprint
			from (select ${place} as place, ${hash} as hash from ${sql}) as hashed group by place`,
	);
	return new Map(
		(await readRows(await result.results())).map(({ place, n, fingerprint }) => [
			String(place),
			{ rows: Number(n), fingerprint: `${fingerprintPrefix}${fingerprint}` },
		]),
	);
}

function checkRows(table: FileTable, partition: string, files: readonly FileRef[], rows: number): void {
	const sum = files.reduce((total, file) => total + file.rows, 0);
	if (sum === rows) return;
	throw new InternalError(
		`Athena wrote ${rows} rows of ${table.name} ${partition}, but its files have ${sum}. Nothing is published; please report this.`,
	);
}
