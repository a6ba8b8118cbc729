import { liveOrders } from '../../contracts';
import { type FileRef, type Ledger, mirrorFolder, type Snapshot, type TableManifest } from '../../lake';
import { definitions, type TableDefinition } from './definition';

/** One table as the catalogue should have it at one head. */
export interface DesiredTable {
	readonly definition: TableDefinition;
	/** What it was derived from: a manifest's or the ledger's key; empty where nothing has been written yet. */
	readonly source: string;
	/**
	 * `s3://…/`, the folder of the current version of a table without partitions; an empty folder for one with; that of
	 * all partitions where they are projected; empty for a view.
	 */
	readonly location: string;
	/** Where each partition's current version lies, by its value. */
	readonly partitions: ReadonlyMap<string, string>;
	/** The data files, by partition; known for Silver and Gold only. */
	readonly files: ReadonlyMap<string, readonly FileRef[]>;
}

/** The whole catalogue of a head. */
export async function desiredTables(snapshot: Snapshot, bucket: string): Promise<DesiredTable[]> {
	const ledger = await snapshot.ledger();
	return Promise.all(
		definitions.map(async (definition) => {
			const { name, format, projection } = definition;
			if (format === 'view') return unversioned(definition, '');
			if (projection) return unversioned(definition, `s3://${bucket}/${liveOrders.prefix}`);
			return format === 'json'
				? bronzeTable(definition, ledger, snapshot.head.ledger ?? '', bucket)
				: table(definition, await snapshot.table(name), snapshot.head.tables[name] ?? '', bucket);
		}),
	);
}

/**
 * The partitions that a table had by an earlier manifest or ledger, with their locations. Dates before the year 1, which
 * lakes may hold from before such dates were refused, are left out: Athena can't parse one, and then reads no partition
 * of the table.
 */
export function tablePartitions(manifest: TableManifest, bucket: string): Map<string, string> {
	const located = Object.entries(manifest.partitions).flatMap(
		([
			value,
			{
				files: [first],
			},
		]) => (first && !value.endsWith('(BC)') ? [[value, `s3://${bucket}/${fileFolder(first)}`] as const] : []),
	);
	return new Map(located);
}

export function bronzePartitions(ledger: Ledger, table: string, bucket: string): Map<string, string> {
	const dataset = table.slice('bronze_'.length);
	return new Map(
		Object.entries(ledger.ingested[dataset] ?? {}).map(([batch, { attempt }]) => [
			batch,
			`s3://${bucket}/bronze/${dataset}/batch=${batch}/v=${attempt}/`,
		]),
	);
}

function table(definition: TableDefinition, manifest: TableManifest, source: string, bucket: string): DesiredTable {
	const files = new Map(Object.entries(manifest.partitions).map(([value, entry]) => [value, entry.files]));
	const partitions = tablePartitions(manifest, bucket);
	const isWhole = definition.partitionKeys.length === 0;
	const [only] = partitions.values();
	return {
		definition,
		source,
		location: isWhole && only ? only : `s3://${bucket}/${mirrorFolder(definition.name)}`,
		partitions: isWhole ? new Map() : partitions,
		files,
	};
}

function bronzeTable(definition: TableDefinition, ledger: Ledger, source: string, bucket: string): DesiredTable {
	return {
		definition,
		source,
		location: `s3://${bucket}/${mirrorFolder(definition.name)}`,
		partitions: bronzePartitions(ledger, definition.name, bucket),
		files: new Map(),
	};
}

/** What no head names: no version of the lake is behind it. */
const unversioned = (definition: TableDefinition, location: string): DesiredTable => ({
	definition,
	source: '',
	location,
	partitions: new Map(),
	files: new Map(),
});

const fileFolder = ({ key }: FileRef): string => key.slice(0, key.lastIndexOf('/') + 1);
